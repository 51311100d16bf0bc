import { blob, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** The tables as the readers see them. The migrations are the truth; a test holds both to each other, column by column. */
export const projects = sqliteTable('projects', {
  key: integer().primaryKey(),
  id: text().notNull(),
  name: text().notNull(),
  createdAt: integer('created_at').notNull(),
});

export const lanes = sqliteTable('lanes', {
  key: integer().primaryKey(),
  channel: text().notNull(),
  account: text().notNull(),
});

export const notifications = sqliteTable('notifications', {
  key: integer().primaryKey(),
  salt: integer().notNull(),
  project: integer().notNull(),
  deliveries: integer().notNull(),
  status: integer().notNull(),
  kind: integer().notNull(),
  priority: integer().notNull(),
  strategy: integer().notNull(),
  guarantee: integer().notNull(),
  step: integer().notNull(),
  canceled: integer().notNull(),
  createdAt: integer('created_at').notNull(),
  stepDeadline: integer('step_deadline'),
  dueAt: integer('due_at'),
  expiresAt: integer('expires_at'),
  steps: text(),
  skipped: text(),
  labelled: integer().notNull(),
});

export const contents = sqliteTable('contents', {
  notification: integer().primaryKey(),
  body: blob({ mode: 'buffer' }).notNull(),
});

export const remains = sqliteTable('remains', {
  notification: integer().primaryKey(),
  body: blob({ mode: 'buffer' }).notNull(),
});

export const search = sqliteTable(
  'search',
  { bucket: integer().notNull(), term: integer().notNull(), notification: integer().notNull() },
  (table) => [primaryKey({ columns: [table.bucket, table.term, table.notification] })],
);

export const idempotency = sqliteTable(
  'idempotency',
  {
    project: integer().notNull(),
    key: text().notNull(),
    fingerprint: text().notNull(),
    answer: text().notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.key] })],
);

export const deliveries = sqliteTable('deliveries', {
  key: integer().primaryKey(),
  ordinal: integer().notNull(),
  notification: integer().notNull(),
  step: integer().notNull(),
  project: integer().notNull(),
  lane: integer().notNull(),
  priority: integer().notNull(),
  flow: integer().notNull(),
  state: integer().notNull(),
  solo: integer().notNull(),
  token: integer().notNull(),
  attempts: integer().notNull(),
  rescues: integer().notNull(),
  doubtful: integer().notNull(),
  requeued: integer().notNull(),
  ordering: text(),
  dueAt: integer('due_at'),
  leaseUntil: integer('lease_until'),
  expiresAt: integer('expires_at'),
  code: text(),
  detail: text(),
  vendorId: text('vendor_id'),
  parts: integer(),
  sentAt: integer('sent_at'),
  finishedAt: integer('finished_at'),
  toll: integer().notNull(),
  prefix: integer(),
});

export const events = sqliteTable('events', {
  sequence: integer().primaryKey(),
  notification: integer().notNull(),
  ordinal: integer(),
  type: integer().notNull(),
  at: integer().notNull(),
  lane: integer(),
  status: integer(),
  token: integer(),
  startedAt: integer('started_at'),
  outcome: integer(),
  triedLane: integer('tried_lane'),
  code: text(),
  detail: text(),
  nextAt: integer('next_at'),
});

export const marks = sqliteTable('marks', { name: text().primaryKey(), value: integer().notNull() });

export const quotaUses = sqliteTable(
  'quota_uses',
  { key: integer().notNull(), at: integer().notNull(), delivery: integer().notNull() },
  (table) => [primaryKey({ columns: [table.key, table.at, table.delivery] })],
);

export const quotaDays = sqliteTable(
  'quota_days',
  { key: integer().notNull(), day: integer().notNull(), used: integer().notNull() },
  (table) => [primaryKey({ columns: [table.key, table.day] })],
);

export const conversions = sqliteTable(
  'conversions',
  {
    key: integer().notNull(),
    minute: integer().notNull(),
    sent: integer().notNull(),
    verified: integer().notNull(),
    told: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.key, table.minute] })],
);

export const inbox = sqliteTable('inbox', {
  sequence: integer().primaryKey(),
  project: integer().notNull(),
  delivery: text().notNull(),
  lane: integer().notNull(),
  attempt: integer().notNull(),
  at: integer().notNull(),
  term: integer().notNull(),
  body: blob({ mode: 'buffer' }).notNull(),
});

export const vendorIds = sqliteTable(
  'vendor_ids',
  {
    lane: integer().notNull(),
    vendorId: text('vendor_id').notNull(),
    delivery: integer().notNull(),
    at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.lane, table.vendorId] })],
);

export const earlyReceipts = sqliteTable('early_receipts', {
  sequence: integer().primaryKey(),
  lane: integer().notNull(),
  vendorId: text('vendor_id').notNull(),
  part: integer().notNull(),
  news: text().notNull(),
  at: integer().notNull(),
});

export const arrivedParts = sqliteTable(
  'arrived_parts',
  { delivery: integer().notNull(), part: integer().notNull(), at: integer().notNull() },
  (table) => [primaryKey({ columns: [table.delivery, table.part] })],
);

export const suppressions = sqliteTable('suppressions', {
  sequence: integer().primaryKey(),
  project: integer().notNull(),
  term: integer().notNull(),
  kind: integer().notNull(),
  channel: text().notNull(),
  masked: text(),
  reason: integer().notNull(),
  detail: text(),
  at: integer().notNull(),
  until: integer(),
});

export const keys = sqliteTable('keys', {
  sequence: integer().primaryKey(),
  id: text().notNull(),
  handle: text().notNull(),
  hash: blob({ mode: 'buffer' }).notNull(),
  project: integer().notNull(),
  name: text().notNull(),
  scopes: integer().notNull(),
  perSecond: real('per_second'),
  createdAt: integer('created_at').notNull(),
  expiresAt: integer('expires_at'),
  revokedAt: integer('revoked_at'),
  usedAt: integer('used_at'),
});

export const audit = sqliteTable('audit', {
  sequence: integer().primaryKey(),
  project: integer().notNull(),
  action: integer().notNull(),
  actor: text().notNull(),
  subject: text(),
  detail: text().notNull(),
  request: text(),
  at: integer().notNull(),
});

export const auditHorizon = sqliteTable('audit_horizon', {
  only: integer().primaryKey(),
  at: integer().notNull(),
});

export const strikes = sqliteTable(
  'strikes',
  { term: integer().notNull(), delivery: integer().notNull(), at: integer().notNull() },
  (table) => [primaryKey({ columns: [table.term, table.delivery] })],
);

export const codes = sqliteTable('codes', {
  key: integer().primaryKey(),
  salt: integer().notNull(),
  tries: integer().notNull(),
  approved: integer().notNull(),
  void: integer().notNull(),
  openedAt: integer('opened_at').notNull(),
  expiresAt: integer('expires_at').notNull(),
  handles: text().notNull(),
  addresses: text().notNull(),
  memo: text().notNull(),
});

export const codeHandles = sqliteTable(
  'code_handles',
  { name: text().notNull(), code: integer().notNull(), digest: text().notNull() },
  (table) => [primaryKey({ columns: [table.name, table.code] })],
);

export const codeFailures = sqliteTable(
  'code_failures',
  { address: text().notNull(), hour: integer().notNull(), failures: integer().notNull() },
  (table) => [primaryKey({ columns: [table.address, table.hour] })],
);

export const blindTries = sqliteTable('blind_tries', {
  handle: text().primaryKey(),
  tries: integer().notNull(),
  until: integer().notNull(),
});
