import { manualClock, recordingLogger } from '@posthorn/testkit';
import { expect, it } from 'vitest';
import type { KeyUse } from './access.ts';
import { newKeyId } from './ids.ts';
import { startKeyUses } from './key-uses.ts';
import { StoreUnavailable } from './store-fault.ts';

/** Lets what was promised happen. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function scene() {
  const clock = manualClock();
  const log = recordingLogger();
  const written: KeyUse[][] = [];
  let unwritten: readonly KeyUse[] = [];
  let fault: Error | null = null;
  const keyring = {
    unwrittenUses: () => unwritten,
    written(uses: readonly KeyUse[]) {
      unwritten = unwritten.filter((use) => !uses.includes(use));
    },
  };
  const access = {
    async noteUses({ uses }: { readonly uses: readonly KeyUse[] }) {
      if (fault !== null) throw fault;
      written.push([...uses]);
    },
  };
  return {
    clock,
    log,
    written,
    stop: startKeyUses(access, keyring, clock, log),
    use: (count: number) => {
      unwritten = Array.from({ length: count }, (_none, at) => ({ id: newKeyId(), at }));
    },
    fail: (error: Error | null) => {
      fault = error;
    },
  };
}

it('writes the last uses of keys once a minute, however many there are, in small commits', async () => {
  const { clock, written, use, stop } = scene();
  use(1_200);
  clock.advance(59_999);
  await settled();
  expect(written).toEqual([]);
  clock.advance(1);
  await settled();
  expect(written.map(({ length }) => length)).toEqual([500, 500, 200]);
  clock.advance(60_000);
  await settled();
  expect(written).toHaveLength(3);
  await stop();
});

it('keeps what the store did not take for the next time', async () => {
  const { clock, log, written, use, fail, stop } = scene();
  use(1);
  fail(new StoreUnavailable('storage_full'));
  clock.advance(60_000);
  await settled();
  expect([written, log.text()]).toEqual([[], expect.stringContaining('storage_full')]);
  fail(null);
  clock.advance(60_000);
  await settled();
  expect(written).toHaveLength(1);
  await stop();
});

it('writes what is left when it is stopped, and then no more', async () => {
  const { clock, written, use, stop } = scene();
  use(2);
  await stop();
  expect(written.map(({ length }) => length)).toEqual([2]);
  expect(clock.pending()).toBe(0);
});
