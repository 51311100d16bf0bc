import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { endGateways } from '../../gateway-process.ts';
import { freshSeed } from '../../kills/chance.ts';
import { openStage, type Stage } from '../stage.ts';
import { targets } from '../targets.ts';
import { breachOf } from './contract.ts';
import { openLine } from './line.ts';
import { notifySchema } from './notify-body.ts';
import { type FuzzedRequest, requestsFor } from './requests.ts';
import type { JsonSchema } from './schema-values.ts';

/** Named in the title, so that it is read wherever the test fails; POSTHORN_FUZZ_SEED repeats it. */
const seed = Number(process.env['POSTHORN_FUZZ_SEED'] ?? freshSeed());
const count = Number(process.env['POSTHORN_FUZZ_REQUESTS'] ?? 10_000);
const connections = 16;
const mostMiB = 200;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(endGateways);

const residentMiB = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${stage.gateway.pid}/status`, 'utf8'))?.[1]) / 1_024;

async function drawRequests(): Promise<readonly FuzzedRequest[]> {
  interface Shown {
    readonly items: readonly { readonly name: string; readonly content: JsonSchema }[];
  }
  const { body } = await stage.gateway.request<Shown>('GET', '/channels');
  const notify = notifySchema(Object.fromEntries(body.items.map(({ name, content }) => [name, content])));
  const schemas: Readonly<Record<string, JsonSchema>> = {
    '/notify': notify,
    '/notify/batch': {
      type: 'object',
      properties: { notifications: { type: 'array', minItems: 1, items: notify } },
      required: ['notifications'],
    },
  };
  const each = targets.map((target) => {
    const arbitrary = requestsFor(target, schemas[target.path] ?? null, stage.gateway.key);
    // Where most can be said there is most to get wrong.
    return { weight: target.json === undefined ? 1 : 6, arbitrary };
  });
  return fc.sample(fc.oneof(...each), { numRuns: count, seed });
}

it(`${count} fuzzed requests are answered by the contract, none of them with 5xx (seed ${seed})`, {
  timeout: 180_000,
}, async () => {
  const requests = await drawRequests();
  const line = openLine(stage.gateway.url, connections);
  const breaches: string[] = [];
  const statuses = new Map<number, number>();
  const before = residentMiB();
  const queue = requests.entries();
  const work = async () => {
    for (const [place, fuzzed] of queue) {
      const answer = await line.send(fuzzed);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      const breach = breachOf(fuzzed.method, answer, fuzzed.path.startsWith('/unsubscribe/'));
      if (breach !== null) breaches.push(`${place}: ${breach}: ${JSON.stringify(fuzzed).slice(0, 2_000)}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  line.close();
  expect(breaches).toEqual([]);
  // What is always refused at the door would show nothing of what lies behind it.
  const rare = [200, 202, 400, 401, 404, 405, 415, 422].filter((status) => (statuses.get(status) ?? 0) < count / 1_000);
  expect(rare, JSON.stringify([...statuses])).toEqual([]);
  expect(residentMiB() - before).toBeLessThan(mostMiB);
  expect((await stage.gateway.request('GET', '/readyz')).status).toBe(200);
  expect(stage.gateway.stderr()).not.toContain('a request met a fault of the gateway');
});
