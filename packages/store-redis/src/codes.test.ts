import {
  type CodeFixture,
  codeContract,
  type PrivateRedis,
  privateRedis,
  redisObstacle,
  runContract,
} from '@posthorn/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { codesAt } from '../doubles/code-bench.ts';

/** A Redis that is given is used, under keys of our own; else one is started. */
const given = process.env['REDIS_URL'];
const obstacle = given === undefined ? redisObstacle() : null;
if (obstacle !== null) process.stdout.write(`*** SKIPPED Redis codes tests: ${obstacle} ***\n`);

let redis: PrivateRedis | undefined;
beforeAll(async () => {
  if (given === undefined && obstacle === null) redis = await privateRedis();
});
afterAll(() => redis?.close());

let scenes = 0;

async function openFixture(): Promise<CodeFixture & { close(): void }> {
  const prefix = `posthorn-test:${process.pid}:${Date.now()}:${scenes++}:`;
  const open = () => codesAt(given ?? redis?.url ?? '', prefix);
  let codes = await open();
  return {
    codes,
    async reopen() {
      codes.close();
      codes = await open();
      return codes;
    },
    close: () => codes.close(),
  };
}

describe.skipIf(obstacle !== null)('codes in Redis keep the contract', { timeout: 30_000 }, () => {
  runContract(codeContract(), {
    runner: { test: it, skip: it.skip },
    open: openFixture,
    close: async (fixture) => (fixture as Awaited<ReturnType<typeof openFixture>>).close(),
  });
});
