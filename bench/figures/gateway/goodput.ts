import { setTimeout as pause } from 'node:timers/promises';
import type { Count, Figure, Run } from '../../figure.ts';
import { countList } from '../../notification.ts';
import { startGateway } from '../../processes/gateway.ts';
import { processorSeconds } from '../../processes/resources.ts';
import { vendorCalls, vendorConfig } from '../../processes/vendor.ts';
import { quantile } from '../../statistics.ts';
import { queueBeforeStart } from '../../store/queue.ts';

const vendorMs = 20;
const inFlight = 200;
const idealPerSecond = (inFlight * 1_000) / vendorMs;
const account = 'slow';
const lookEveryMs = 50;
const patienceMs = 180_000;
/** The first and the last part of the calls, in which the slots fill and empty, do not count. */
const edge = 0.1;

export const goodput: Figure = {
  name: 'goodput',
  about: `deliveries of a queue to a vendor that takes ${vendorMs} ms, ${inFlight} in flight: ${idealPerSecond} a second at best`,
  async measure(run) {
    // Three seconds at best.
    const size = run.effort.backlog * 3;
    const rounds: Round[] = [];
    for (let round = 0; round < run.effort.repeats; round++) rounds.push(await measureOnce(run, size));
    return {
      measurements: [
        { what: 'deliveries', unit: '1/s', values: rounds.map(({ perSecond }) => perSecond) },
        {
          what: 'deliveries : ideal',
          unit: 'ratio',
          values: rounds.map(({ perSecond }) => perSecond / idealPerSecond),
          goal: 'goodput',
        },
        {
          what: 'processor time of the gateway for one',
          unit: 'µs',
          values: rounds.map((round) => round.microseconds),
        },
      ],
      counts: rounds.flatMap(({ counts }) => counts),
    };
  },
};

interface Round {
  readonly perSecond: number;
  readonly microseconds: number;
  readonly counts: readonly Count[];
}

async function measureOnce(run: Run, size: number): Promise<Round> {
  const folder = run.folder();
  const config = vendorConfig(folder, { [account]: { answersAfterMs: vendorMs, concurrency: inFlight } });
  await queueBeforeStart(folder, account, size, 'normal');
  const gateway = await startGateway(run, { folder, config });
  const busyBefore = processorSeconds(gateway.pid);
  const deadline = performance.now() + patienceMs;
  while ((await gateway.events('delivery.sent')) < size) {
    if (performance.now() > deadline) throw new Error(`not delivered within ${patienceMs} ms`);
    await pause(lookEveryMs);
  }
  const microseconds = ((processorSeconds(gateway.pid) - busyBefore) * 1e6) / size;
  const sent = await countList(gateway, '/notifications?status=sent');
  await gateway.stop();
  const calls = vendorCalls(folder, account);
  const times = calls.map(({ at }) => at);
  const [from, to] = [quantile(times, edge), quantile(times, 1 - edge)];
  return {
    perSecond: (times.length * (1 - 2 * edge) * 1_000) / (to - from),
    microseconds,
    counts: [
      { what: 'notifications sent', expected: size, found: sent },
      { what: 'calls of the vendor', expected: size, found: calls.length },
      { what: 'different ones among them', expected: size, found: new Set(calls.map(({ number }) => number)).size },
    ],
  };
}
