import { outboxContract, runContract } from '@posthorn/testkit';
import { describe, test } from 'vitest';
import { type SqliteFixture, sqliteFixture } from '../doubles/temporary-store.ts';

describe('outbox contract', () => {
  runContract<SqliteFixture>(outboxContract(), {
    runner: { test, skip: test.skip },
    open: async () => sqliteFixture(),
    close: async (fixture) => fixture.close(),
  });
});
