import { setTimeout as pause } from 'node:timers/promises';
import type { Run } from '../../figure.ts';
import { startGateway } from '../../processes/gateway.ts';
import { residentMemory } from '../../processes/resources.ts';
import { vendorCalls, vendorConfig } from '../../processes/vendor.ts';
import { queueBeforeStart } from '../../store/queue.ts';

const account = 'steady';
const settlingMs = 500;

/** The program with a queue that does not move, since its vendor is silent: the highest resident memory, in MiB. */
export async function queuedMemory(
  run: Run,
  folder: string,
  silent: string,
  program: string,
): Promise<{ readonly all: number; readonly anonymous: number }> {
  const accounts = { [silent]: { answersAfterMs: 'never', concurrency: 32, timeout: '10m' } } as const;
  const gateway = await startGateway(run, { folder, config: vendorConfig(folder, accounts), program });
  const looks: { all: number; anonymous: number }[] = [];
  for (let second = 0; second < run.effort.idleSeconds; second++) {
    await pause(1_000);
    looks.push(residentMemory(gateway.pid));
  }
  // An orderly end would wait for the vendor.
  await gateway.kill();
  return {
    all: Math.max(...looks.map(({ all }) => all)),
    anonymous: Math.max(...looks.map(({ anonymous }) => anonymous)),
  };
}

/** Seconds from the start of the process to the first message at a vendor, with so many queued; one of each start. */
export async function firstDispatches(run: Run, count: number, program?: string): Promise<readonly number[]> {
  const folder = run.folder();
  await queueBeforeStart(folder, account, count, 'normal');
  const config = vendorConfig(folder, { [account]: { answersAfterMs: 20, concurrency: 32 } });
  const waits: number[] = [];
  for (let start = 0; start < run.effort.repeats; start++) {
    const from = performance.timeOrigin + performance.now();
    const gateway = await startGateway(run, { folder, config, ...(program === undefined ? {} : { program }) });
    await pause(settlingMs);
    await gateway.stop();
    const [first] = vendorCalls(folder, account);
    if (first === undefined) throw new Error(`nothing was dispatched within ${settlingMs} ms of listening`);
    waits.push((first.at - from) / 1_000);
  }
  return waits;
}
