import { codesApart } from '@posthorn/core';
import { codeContract, type IssuingFixture, issuingContract, runContract } from '@posthorn/testkit';
import { describe, test } from 'vitest';
import {
  type CodeStoreFixture,
  codeFixture,
  type StoreFixture,
  storeFixture,
  waysToOpen,
} from '../../doubles/temporary-store.ts';

const runner = { test, skip: test.skip };

describe.each(Object.entries(waysToOpen))('code contract, %s', (_way, open) => {
  runContract<CodeStoreFixture>(codeContract(), {
    runner,
    open: () => codeFixture(open),
    close: (fixture) => fixture.close(),
  });
});

describe.each(Object.entries(waysToOpen))('issuing contract, %s', (_way, open) => {
  runContract<StoreFixture>(issuingContract(), {
    runner,
    open: () => storeFixture(open),
    close: (fixture) => fixture.close(),
  });
});

describe.each(Object.entries(waysToOpen))(
  'issuing contract, with the codes apart from the outbox, %s',
  (_way, open) => {
    runContract<IssuingFixture & Pick<StoreFixture, 'close'>>(issuingContract(), {
      runner,
      async open() {
        const store = await storeFixture(open);
        return { ...store, codes: codesApart(store.codes, store.outbox) };
      },
      close: (fixture) => fixture.close(),
    });
  },
);
