import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BareOutbox, bareOutbox } from '../doubles/bare-outbox.ts';
import * as schema from './schema.ts';

let bare: BareOutbox;
beforeAll(() => {
  bare = bareOutbox();
});
afterAll(() => bare.close());

const declared = Object.values(schema).filter((value) => is(value, SQLiteTable));
/** Tables that no reader sees. */
const internal = ['migrations', 'data_keys'];

const sqlTypes: Readonly<Record<string, string>> = {
  SQLiteInteger: 'INTEGER',
  SQLiteReal: 'REAL',
  SQLiteText: 'TEXT',
  SQLiteBlobBuffer: 'BLOB',
};

interface TableInfo {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}

describe('the schema as readers see it', () => {
  it('has every table of the migrated database, and no other', () => {
    const tables = bare.db.pragma('table_list') as { schema: string; name: string }[];
    const real = tables.filter((table) => table.schema === 'main' && !table.name.startsWith('sqlite_'));
    const names = real.map(({ name }) => name).filter((name) => !internal.includes(name));
    expect(names.toSorted()).toEqual(declared.map(getTableName).toSorted());
    expect(declared.length).toBeGreaterThan(5);
  });

  it.each(declared.map((table) => [getTableName(table), table] as const))('knows the columns of %s', (name, table) => {
    const real = bare.db.pragma(`table_xinfo(${name})`) as TableInfo[];
    const seen = Object.values(getTableColumns(table)).map((column) => ({
      name: column.name,
      type: sqlTypes[column.columnType],
      // SQLite reports a rowid key as nullable, which it is not.
      required: column.notNull && !column.primary,
    }));
    expect(seen).toEqual(
      real.map(({ name: column, type, notnull, pk }) => ({
        name: column,
        type,
        required: notnull === 1 && (pk === 0 || real.filter((one) => one.pk > 0).length > 1),
      })),
    );
  });

  it('is strict everywhere', () => {
    const tables = bare.db.pragma('table_list') as { schema: string; name: string; strict: number }[];
    const lax = tables.filter(
      ({ schema: owner, name, strict }) => owner === 'main' && !name.startsWith('sqlite_') && strict === 0,
    );
    expect(lax).toEqual([]);
  });
});

describe('a delivery', () => {
  const base = {
    ordinal: 1, step: 0, project: 1, lane: 1, priority: 2, flow: 1, state: 2, solo: 1,
    ordering: null, due_at: null, lease_until: null, token: 0, attempts: 0, sent_at: null, finished_at: null,
  }; // biome-ignore format: a table
  let ordinal = 0;

  beforeAll(() => {
    bare.db.exec(`INSERT INTO lanes (key, channel, account) VALUES (1, 'sms', 'a');
      INSERT INTO notifications (key, salt, project, deliveries, status, kind, priority, strategy, guarantee, created_at)
      VALUES (1, 0, ${bare.project}, 1, 0, 0, 0, 0, 0, 0)`);
  });

  const insert = (over: Readonly<Record<string, unknown>>) => {
    const row = { ...base, key: ++ordinal, ordinal, ...over };
    const names = Object.keys(row);
    return bare.db
      .prepare(`INSERT INTO deliveries (${names.join(', ')}) VALUES (${names.map((name) => `@${name}`).join(', ')})`)
      .run(row);
  };

  it.each([
    ['queued', {}],
    ['scheduled', { state: 1, due_at: 5 }],
    ['sending', { state: 4, lease_until: 5, token: 1, attempts: 1 }],
    ['sent', { state: 7, sent_at: 5, finished_at: 5 }],
    ['failed', { state: 9, finished_at: 5 }],
  ])('may be %s', (_name, over) => {
    expect(insert(over).changes).toBe(1);
  });

  it.each([
    ['scheduled for no time', { state: 1 }],
    ['queued and due later', { due_at: 5 }],
    ['sending without a lease', { state: 4 }],
    ['leased without being sent', { lease_until: 5 }],
    ['failed without an end', { state: 9 }],
    ['ended and yet queued', { finished_at: 5 }],
    ['sent at no time', { state: 7, finished_at: 5 }],
    ['in a state that is none', { state: 16, finished_at: 5 }],
    ['tried more often than claimed', { attempts: 1 }],
    ['its second self', { key: 1 }],
    ['more than doubtful', { doubtful: 2 }],
  ])('may not be %s', (_name, over) => {
    expect(() => insert(over)).toThrow(/constraint failed/);
  });

  it('may not be under way beside another of its ordering key', () => {
    insert({ ordering: 'sms k' });
    insert({ ordering: 'sms k', state: 3 });
    expect(() => insert({ ordering: 'sms k', state: 5, due_at: 5 })).toThrow(/UNIQUE/);
  });
});
