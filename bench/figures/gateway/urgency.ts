import { setTimeout as pause } from 'node:timers/promises';
import type { Figure, Reading, Run } from '../../figure.ts';
import { vendorBody } from '../../notification.ts';
import { adminKey, startGateway } from '../../processes/gateway.ts';
import { load } from '../../processes/load.ts';
import { vendorCalls, vendorConfig } from '../../processes/vendor.ts';
import { queueBeforeStart } from '../../store/queue.ts';
import { lateComersOf } from './late-comers.ts';

const account = 'busy';
/** A minute's work and more for the crowd, so that it is there all the time. */
const vendor = { answersAfterMs: 20, concurrency: 32 };
/** Critical ones, one after the other. */
const urgentPerSecond = 10;
const settlingMs = 1_000;

export const urgency: Figure = {
  name: 'urgency',
  about:
    'behind a queue of bulk: how long a critical notification takes to its vendor, and how long ten of another project',
  async measure(run) {
    const critical = await criticalOnes(run);
    const others = await lateComersOf(run, vendor);
    return {
      measurements: [...critical.measurements, ...others.measurements],
      counts: [...critical.counts, ...others.counts],
    };
  },
};

/** Through the program: the queue is there when it starts, critical ones come by POST /notify. */
async function criticalOnes(run: Run): Promise<Reading> {
  const folder = run.folder();
  const crowd = run.effort.crowd;
  await queueBeforeStart(folder, account, crowd, 'bulk');
  const gateway = await startGateway(run, { folder, config: vendorConfig(folder, { [account]: vendor }) });
  await pause(settlingMs);
  const body = vendorBody(account, 'critical');
  const seconds = Math.max(1, run.effort.seconds);
  const plan = { port: gateway.port, path: '/notify', key: adminKey, body, firstNumber: crowd, connections: 4 };
  const asked = await load({ ...plan, seconds, rate: urgentPerSecond }, gateway.pid);
  await pause(settlingMs);
  const left = crowd - ((await gateway.events('delivery.sent')) - asked.sent);
  await gateway.stop();
  const arrivals = vendorCalls(folder, account).filter(({ number }) => number >= crowd);
  const waits = arrivals.map(
    ({ number, at }) => (at - asked.startedAt - ((number - crowd) * 1_000) / urgentPerSecond) / 1_000,
  );
  return {
    measurements: [
      { what: 'a critical one until it is at its vendor', unit: 's', values: waits },
      { what: 'the longest of them', unit: 's', values: [Math.max(...waits)], goal: 'urgent' },
      { what: 'bulk in the queue all the while, at least', unit: 'rows', values: [left] },
    ],
    counts: [
      { what: 'critical ones at their vendor', expected: asked.sent, found: arrivals.length },
      { what: 'the crowd was there until the end', expected: 1, found: left > 0 ? 1 : 0 },
    ],
  };
}
