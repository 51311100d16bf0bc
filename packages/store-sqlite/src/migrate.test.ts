import SqliteDatabase, { type Database } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from './migrate.ts';

const first = { name: '0001_a.sql', sql: 'CREATE TABLE a (x INTEGER) STRICT' };
const second = { name: '0002_b.sql', sql: 'CREATE TABLE b (x INTEGER) STRICT; INSERT INTO a VALUES (1);' };

let db: Database;
beforeEach(() => {
  db = new SqliteDatabase(':memory:');
});
afterEach(() => {
  db.close();
});

const tables = () => db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck().all();

describe('migrate', () => {
  it('applies what is missing, in order, and nothing twice', () => {
    expect(migrate(db, [first], 1)).toEqual(['0001_a.sql']);
    expect(migrate(db, [first, second], 2)).toEqual(['0002_b.sql']);
    expect(migrate(db, [first, second], 3)).toEqual([]);
    expect(db.prepare('SELECT name, at FROM migrations').all()).toEqual([
      { name: '0001_a.sql', at: 1 },
      { name: '0002_b.sql', at: 2 },
    ]);
    expect(db.prepare('SELECT count(*) FROM a').pluck().get()).toBe(1);
  });

  it('applies all or nothing', () => {
    const broken = { name: '0003_c.sql', sql: 'CREATE TABLE c (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1);' };
    expect(() => migrate(db, [first, second, broken], 1)).toThrow(/nowhere/);
    expect(tables()).toEqual(['migrations']);
    expect(migrate(db, [first, second], 2)).toHaveLength(2);
  });

  it('refuses a migration that was changed after it was applied', () => {
    migrate(db, [first], 1);
    expect(() => migrate(db, [{ ...first, sql: `${first.sql} ` }, second], 2)).toThrow(/0001_a\.sql is not the one/);
    expect(tables()).toEqual(['a', 'migrations']);
  });

  it('refuses a store of a newer version', () => {
    migrate(db, [first, second], 1);
    expect(() => migrate(db, [first], 2)).toThrow(/newer version of Posthorn: it has the migration 0002_b\.sql/);
  });
});
