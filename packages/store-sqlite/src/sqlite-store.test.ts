import { outboxContract, runContract } from '@posthorn/testkit';
import { describe, test } from 'vitest';
import { type StoreFixture, storeFixture, waysToOpen } from '../doubles/temporary-store.ts';

describe.each(Object.entries(waysToOpen))('outbox contract, %s', (_way, open) => {
  runContract<StoreFixture>(outboxContract(), {
    runner: { test, skip: test.skip },
    open: () => storeFixture(open),
    close: (fixture) => fixture.close(),
  });
});
