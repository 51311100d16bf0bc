import { blob, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

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
  id: blob({ mode: 'buffer' }).notNull(),
  project: integer().notNull(),
  status: integer().notNull(),
  kind: integer().notNull(),
  priority: integer().notNull(),
  strategy: integer().notNull(),
  guarantee: integer().notNull(),
  step: integer().notNull(),
  stepDeadline: integer('step_deadline'),
  canceled: integer().notNull(),
  createdAt: integer('created_at').notNull(),
  dueAt: integer('due_at'),
  expiresAt: integer('expires_at'),
  orderingKey: text('ordering_key'),
  steps: text(),
  skipped: text(),
  labels: text(),
});

export const contents = sqliteTable('contents', {
  notification: integer().primaryKey(),
  body: text().notNull(),
});

export const search = sqliteTable(
  'search',
  { bucket: integer().notNull(), term: blob({ mode: 'buffer' }).notNull(), notification: integer().notNull() },
  (table) => [primaryKey({ columns: [table.bucket, table.term, table.notification] })],
);

export const idempotency = sqliteTable(
  'idempotency',
  {
    project: integer().notNull(),
    key: text().notNull(),
    fingerprint: blob({ mode: 'buffer' }).notNull(),
    answer: text().notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.key] })],
);

export const deliveries = sqliteTable('deliveries', {
  key: integer().primaryKey(),
  notification: integer().notNull(),
  ordinal: integer().notNull(),
  step: integer().notNull(),
  project: integer().notNull(),
  lane: integer().notNull(),
  priority: integer().notNull(),
  state: integer().notNull(),
  solo: integer().notNull(),
  address: text().notNull(),
  ordering: text(),
  dueAt: integer('due_at'),
  leaseUntil: integer('lease_until'),
  expiresAt: integer('expires_at'),
  token: integer().notNull(),
  attempts: integer().notNull(),
  rescues: integer().notNull(),
  code: text(),
  detail: text(),
  vendorId: text('vendor_id'),
  parts: integer(),
  sentAt: integer('sent_at'),
  finishedAt: integer('finished_at'),
});

export const attempts = sqliteTable(
  'attempts',
  {
    delivery: integer().notNull(),
    token: integer().notNull(),
    lane: integer().notNull(),
    startedAt: integer('started_at').notNull(),
    endedAt: integer('ended_at').notNull(),
    outcome: integer().notNull(),
    code: text(),
    detail: text(),
  },
  (table) => [primaryKey({ columns: [table.delivery, table.token] })],
);

export const events = sqliteTable('events', {
  sequence: integer().primaryKey(),
  notification: integer().notNull(),
  ordinal: integer(),
  type: integer().notNull(),
  at: integer().notNull(),
  lane: integer(),
  code: text(),
  detail: text(),
  nextAt: integer('next_at'),
  status: integer(),
});

export const inbox = sqliteTable('inbox', {
  sequence: integer().primaryKey(),
  project: integer().notNull(),
  delivery: blob({ mode: 'buffer' }).notNull(),
  lane: integer().notNull(),
  address: text().notNull(),
  content: text().notNull(),
  attempt: integer().notNull(),
  at: integer().notNull(),
});
