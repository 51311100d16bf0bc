import type { Count, Figure, Measurement, Reading, Run } from '../../figure.ts';
import { countList, markedBody, tomorrow } from '../../notification.ts';
import { startChild } from '../../processes/child.ts';
import { adminKey, type Gateway, startGateway } from '../../processes/gateway.ts';
import { type LoadPlan, load, type ServedLoad } from '../../processes/load.ts';
import { median } from '../../statistics.ts';

/** What is loaded in turn, so that whatever the machine does beside falls on all alike. */
interface Contender {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly body: string;
  readonly loads: ServedLoad[];
  /** All requests so far, those of the warm-up included. */
  sent: number;
  accepted: number;
  /** What has to end before the next one is measured. */
  settle(): Promise<void>;
}

const connections = 64;
const drainPatienceMs = 120_000;

export const accept: Figure = {
  name: 'accept',
  about: `durable POST /notify at ${connections} connections, beside a bare Hono server that echoes the same body`,
  async measure(run) {
    const folder = run.folder();
    const echo = startChild(new URL('../../processes/echo-server.ts', import.meta.url));
    const { port } = await echo.ask<{ port: number }>({}, 10_000);
    const storing = await startGateway(run, { folder });
    const delivering = await startGateway(run, { folder: run.folder() });
    const later = markedBody(tomorrow());
    const bare = contender('bare Hono echo', { port, pid: echo.pid }, later, async () => {});
    const durable = contender('POST /notify', storing, later, async () => {});
    const busy = contender('POST /notify, delivered meanwhile', delivering, markedBody(null), async () =>
      drained(delivering, busy.accepted),
    );
    const contenders = [bare, durable, busy];
    for (const each of contenders) await loadOnce(each, run.effort.warmUpSeconds, null);
    for (let round = 0; round < run.effort.rounds; round++) {
      for (const each of contenders) each.loads.push(await loadOnce(each, run.effort.seconds, null));
    }
    const half = await halfLoads(durable, run);
    await echo.end();
    const sent = await countList(delivering, '/notifications?status=sent');
    await delivering.stop();
    const { measurements, counts } = reading(bare, durable, busy);
    return {
      measurements: [...measurements, ...half],
      counts: [
        ...counts,
        { what: 'answered 202 and sent', expected: busy.accepted, found: sent },
        await survivors(run, folder, storing, durable.accepted),
      ],
    };
  },
};

function contender(
  name: string,
  { port, pid }: { readonly port: number; readonly pid: number },
  body: string,
  settle: () => Promise<void>,
): Contender {
  return { name, port, pid, body, settle, loads: [], sent: 0, accepted: 0 };
}

async function loadOnce(target: Contender, seconds: number, rate: number | null): Promise<ServedLoad> {
  const { port, pid, body, sent } = target;
  const plan: LoadPlan = { port, path: '/notify', key: adminKey, body, firstNumber: sent, connections, seconds, rate };
  const result = await load(plan, pid);
  target.sent += result.sent;
  target.accepted += result.statuses['202'] ?? 0;
  await target.settle();
  return result;
}

async function drained(gateway: Gateway, expected: number): Promise<void> {
  const deadline = performance.now() + drainPatienceMs;
  while ((await gateway.events('delivery.sent')) < expected) {
    if (performance.now() > deadline) throw new Error(`not delivered within ${drainPatienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** At half of what it can take: what a caller waits when the machine is not full. */
async function halfLoads(durable: Contender, run: Run): Promise<readonly Measurement[]> {
  const rate = Math.floor(median(durable.loads.map(perSecond)) / 2);
  const loads: ServedLoad[] = [];
  for (let round = 0; round < run.effort.repeats; round++) {
    loads.push(await loadOnce(durable, run.effort.seconds, rate));
  }
  const what = (text: string) => `POST /notify at half of that load, ${text}`;
  return [
    { what: what('rate'), unit: '1/s', values: loads.map(perSecond) },
    { what: what('p50'), unit: 'ms', values: loads.map(({ p50 }) => p50) },
    { what: what('p99'), unit: 'ms', values: loads.map(({ p99 }) => p99), goal: 'accept-p99' },
  ];
}

/** Kills the gateway right after its last answer and counts what the next one finds on the disk. */
async function survivors(run: Run, folder: string, storing: Gateway, expected: number): Promise<Count> {
  await storing.kill();
  const next = await startGateway(run, { folder });
  const found = await countList(next, '/notifications');
  await next.stop();
  return { what: 'answered 202 and in the store after SIGKILL', expected, found };
}

function reading(bare: Contender, durable: Contender, busy: Contender): Reading {
  const contenders = [bare, durable, busy];
  const measurements = contenders.flatMap(({ name, loads }): readonly Measurement[] => [
    { what: name, unit: '1/s', values: loads.map(perSecond) },
    { what: `${name}, p50`, unit: 'ms', values: loads.map(({ p50 }) => p50) },
    { what: `${name}, p99`, unit: 'ms', values: loads.map(({ p99 }) => p99) },
    { what: `${name}, processor time of the server each`, unit: 'µs', values: loads.map(serverMicroseconds) },
    { what: `${name}, the load client was busy`, unit: '%', values: loads.map(clientShare) },
  ]);
  const ratios = [durable, busy].map(
    ({ name, loads }): Measurement => ({
      what: `${name} : echo`,
      unit: 'ratio',
      values: loads.map((each, round) => perSecond(each) / perSecond(bare.loads[round] as ServedLoad)),
      ...(name === durable.name ? { goal: 'accept' } : {}),
    }),
  );
  const counts = contenders.map(
    ({ name, sent, accepted }): Count => ({ what: `${name}: answered 202`, expected: sent, found: accepted }),
  );
  return { measurements: [...measurements, ...ratios], counts };
}

function perSecond({ sent, seconds }: ServedLoad): number {
  return sent / seconds;
}

function serverMicroseconds({ serverSeconds, sent }: ServedLoad): number {
  return (serverSeconds / sent) * 1e6;
}

function clientShare({ clientSeconds, seconds }: ServedLoad): number {
  return (clientSeconds / seconds) * 100;
}
