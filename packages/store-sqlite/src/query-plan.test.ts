import { deliveryId, idMint, type NotificationQuery } from '@posthorn/core';
import { sampleNotification } from '@posthorn/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BareOutbox, bareOutbox } from '../doubles/bare-outbox.ts';
import { dawn } from '../doubles/temporary-store.ts';

let bare: BareOutbox;
let plans: ReadonlyMap<string, readonly string[]>;

beforeAll(async () => {
  bare = bareOutbox();
  await fail(bare);
  read(bare);
  plans = new Map(statements(bare).map((sql) => [sql, planOf(bare, sql)]));
});
afterAll(() => bare.close());

/** Reading a table through that grows with use is a fault. `bucket` is a query's own list of the parts of the search table; `data_keys` has a row for each start. */
const scan = /^SCAN (?!lanes|projects|bucket|json_each|data_keys|\(subquery)/;
/** But for these, each with its reason. */
const allowed: readonly (readonly [statement: RegExp, reason: string])[] = [
  [/^SELECT DISTINCT lane FROM deliveries/, 'once at a start whose config lost an account'],
  [/^UPDATE deliveries SET lane = \?/, 'once at a start whose config lost an account'],
  [/^SELECT d\.key, .* WHERE d\.lane = \? AND d\.state IN/, 'once at a start whose config lost an account'],
  [/^SELECT d\.key, .* WHERE d\.lane = \? AND d\.state = 4/, 'once at a start whose config lost an account'],
  [/^DELETE FROM inbox WHERE sequence IN/, 'the inbox holds ten thousand messages at most, and the walk stops early'],
  [/^SELECT k\.\*, .* ON p\.key = k\.project ORDER BY k\.sequence$/, 'once at a start, which learns all keys by heart'],
  [/^SELECT 1 FROM (suppressions|strikes) LIMIT 1/, 'looks whether there is a row at all'],
  [/^select "lane", count\(\*\)/, 'counts what is queued, and reads only the index of that'],
];

describe('query plans', () => {
  it('were looked at', () => {
    expect(plans.size).toBeGreaterThan(50);
  });

  it('read no table through that grows with use', () => {
    const scans = [...plans].filter(([, lines]) => lines.some((line) => scan.test(line))).map(([sql]) => sql);
    const unexplained = scans.filter((sql) => !allowed.some(([statement]) => statement.test(sql)));
    expect(unexplained).toEqual([]);
    const idle = allowed.filter(([statement]) => !scans.some((sql) => statement.test(sql)));
    expect(idle, 'an exception that is not needed any more').toEqual([]);
  });

  it.each([
    ['the next flow of a lane', /^SELECT flow FROM deliveries WHERE lane/, 'deliveries_ready'],
    ['a claim', /^SELECT d\.key, d\.ordinal, .* d\.state = 2/, 'deliveries_ready'],
    ['what falls due', /d\.due_at <= @now/, 'deliveries_due'],
    ['what expires', /d\.expires_at <= @now/, 'deliveries_expiring'],
    ['what lost its lease', /d\.lease_until <= @now/, 'deliveries_leased'],
    ['steps whose time is up', /step_deadline <= @now/, 'notifications_step_deadline'],
    [
      'who has the turn of an ordering key',
      /ordering IS NOT NULL\s+AND state >= 2 AND state <= 6/,
      'deliveries_in_turn',
    ],
    ['who is next of an ordering key', /ordering IS NOT NULL AND state = 3/, 'deliveries_blocked'],
    ['the deliveries of a notification', /^SELECT key, ordinal, .* state FROM deliveries WHERE key/, 'PRIMARY KEY'],
    ['a timeline', /^select .* from "events"/, 'events_of_notification'],
    ['what went amiss', /^select .*\(status = 5 OR status = 6 OR status = 8\)/, 'notifications_amiss'],
    ['what to queue again', /\(d\.state = 9 OR d\.state = 10 OR d\.state = 14\)/, 'deliveries_amiss'],
    ['what a vendor calls so', /^SELECT delivery FROM vendor_ids/, 'PRIMARY KEY'],
    ['why an address gets nothing', /^SELECT reason FROM suppressions/, 'sqlite_autoindex_suppressions_1'],
    ['a page of suppressions', /FROM suppressions WHERE project = @project/, 'suppressions_of_project'],
    ['a page of keys', /FROM keys .* WHERE k\.project = @project/, 'keys_of_project'],
    ['a key', /FROM keys .* WHERE k\.id = @id/, 'sqlite_autoindex_keys_1'],
    ['a page of the audit log', /FROM audit a .* WHERE a\.project = @project/, 'audit_of_project'],
    ['old lines of the audit log', /^DELETE FROM audit/, 'audit_age'],
    ['old names of vendors', /^DELETE FROM vendor_ids .* at <= @before/, 'vendor_ids_age'],
    ['days of budgets that are over', /^DELETE FROM quota_days/, 'quota_days_age'],
    ['what became of codes long ago', /^DELETE FROM conversions/, 'conversions_age'],
    ['what became of codes', /^SELECT coalesce\(sum\(sent\)/, 'PRIMARY KEY'],
    ['old idempotency keys', /^DELETE FROM idempotency WHERE \(project, key\) IN/, 'idempotency_age'],
  ])('find %s by its index', (_name, statement, index) => {
    const matching = [...plans].filter(([sql]) => statement.test(sql));
    expect(matching.length).toBeGreaterThan(0);
    for (const [, lines] of matching) expect(lines.join('\n')).toContain(index);
  });

  it('find the next moment at the heads of four indexes', () => {
    const [, lines = []] = [...plans].find(([sql]) => sql.startsWith('SELECT min(at)')) ?? [];
    const indexes = ['deliveries_due', 'deliveries_leased', 'deliveries_expiring', 'notifications_step_deadline'];
    for (const index of indexes) expect(lines.join('\n')).toMatch(new RegExp(`SEARCH \\w+ USING .*INDEX ${index}`));
  });

  it('sort nothing that they page through', () => {
    const sorted = [...plans].filter(([, lines]) => lines.some((line) => line.includes('TEMP B-TREE FOR ORDER BY')));
    expect(sorted.map(([sql]) => sql)).toEqual([]);
  });
});

/** One delivery goes amiss: a query about those that did is made only when there is one. */
async function fail({ outbox, project }: BareOutbox): Promise<void> {
  const item = sampleNotification(idMint().notification(dawn), project);
  await outbox.accept({ notifications: [item], now: dawn });
  const lane = { channel: 'sms', account: 'sms-main' };
  const [lease] = await outbox.claim({ lane, limit: 1, leaseMs: 1, now: dawn });
  if (lease === undefined) throw new Error('there was nothing to claim');
  const settlement = { to: 'failed', code: 'c', detail: 'd' } as const;
  await outbox.settle({ lease, attempt: null, settlement, now: dawn });
}

/** Asks everything that readers may ask, since their statements are made when they ask. */
function read({ reader, project }: BareOutbox): void {
  const queries: readonly Partial<NotificationQuery>[] = [
    {},
    { before: 5 },
    { status: 'failed' },
    { status: 'sending' },
    { status: 'accepted' },
    { status: 'sent' },
    { channel: 'sms' },
    { address: 'a' },
    { tag: 't' },
    { metadata: [['k', 'v']] },
    { kind: 'otp' },
    { from: 1, to: 2 },
  ];
  for (const query of queries) reader.notifications({ project, limit: 5, before: null, ...query });
  const id = idMint().notification(1);
  reader.notification(project, id);
  reader.delivery(project, deliveryId(id, 1));
  reader.attempts(project, deliveryId(id, 1));
  reader.content(project, deliveryId(id, 1));
  reader.amiss({ project }, 5);
  reader.backlog();
  reader.inbox({ project, limit: 5, before: 5, channel: 'sms', address: 'a' });
}

function statements({ statements: prepared }: BareOutbox): readonly string[] {
  return [...prepared]
    .map((sql) => sql.replaceAll(/\s+/g, ' ').trim())
    .filter((sql) => /^(SELECT|INSERT|UPDATE|DELETE)/i.test(sql));
}

function planOf({ db }: BareOutbox, sql: string): readonly string[] {
  const named = Object.fromEntries([...sql.matchAll(/@(\w+)/g)].map(([, name]) => [name, null]));
  const places = [...sql.matchAll(/\?/g)].map(() => null);
  const explain = db.prepare(`EXPLAIN QUERY PLAN ${sql}`);
  const rows = Object.keys(named).length > 0 ? explain.all(named) : explain.all(...places);
  return (rows as { detail: string }[]).map(({ detail }) => detail);
}
