import { afterAll, beforeAll, expect, it } from 'vitest';
import { endGateways } from '../../gateway-process.ts';
import { chance, freshSeed } from '../../kills/chance.ts';
import { lastWords } from '../../raw-connection.ts';
import { openStage, type Stage } from '../stage.ts';
import { broken, soundRequests } from './broken-bytes.ts';
import { breachesIn } from './raw-answers.ts';

/** Named in the title, so that it is read wherever the test fails; POSTHORN_FUZZ_SEED repeats it. */
const seed = Number(process.env['POSTHORN_FUZZ_SEED'] ?? freshSeed());
const count = Number(process.env['POSTHORN_FUZZ_REQUESTS'] ?? 2_000);
const connections = 32;
/** Whoever has said that nothing more comes is not to be waited for; it leaves room for a busy machine. */
const patienceMs = 20_000;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(endGateways);

it(`${count} broken requests are answered or hung up on (seed ${seed})`, { timeout: 180_000 }, async () => {
  const { gateway } = stage;
  const dice = chance(seed);
  const sound = soundRequests(gateway.key);
  const requests = Array.from({ length: count }, () => broken(sound, dice)).entries();
  const breaches: string[] = [];
  const statuses = new Set<number>();
  const work = async () => {
    for (const [place, bytes] of requests) {
      const { text, status, closedAfterMs } = await lastWords(gateway.url, bytes, patienceMs);
      statuses.add(status);
      const found = closedAfterMs === null ? ['it hangs'] : breachesIn(text);
      breaches.push(
        ...found.map((what) => `${place}: ${what}: ${JSON.stringify(bytes.toString('latin1')).slice(0, 1_500)}`),
      );
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  expect(breaches).toEqual([]);
  expect([...statuses]).toEqual(expect.arrayContaining([200, 202, 400, 401, 404, 431]));
  expect((await gateway.request('GET', '/readyz')).status).toBe(200);
  expect(gateway.stderr()).not.toContain('a request met a fault of the gateway');
});
