import { processorSeconds, treeProcessorSeconds } from '../../processes/resources.ts';
import { jobOf } from './engine.ts';
import { type Done, openEngine, type Work } from './work.ts';

/** One engine at its work, in a process of its own. */
process.once('message', (work: Work) => {
  void run(work).then((done) => process.send?.(done));
});
process.once('disconnect', () => process.exit());

const inFlight = 64;
/** A drain that would take longer has fewer jobs: a queue that flushes for each of them would hold up the run for minutes. */
const longestDrainSeconds = 15;

/**
 * Stores jobs one at a time, then 64 at a time, and works them off, which is also the warm-up of the worker; then what is
 * measured: the drain of many that were stored before its clock starts.
 */
async function run(work: Work): Promise<Done> {
  const engine = await openEngine(work);
  const seen = new Set<number>();
  let stored = 0;
  let taken = 0;
  const took = (number: number) => {
    taken++;
    seen.add(number);
  };
  const singles = Math.max(200, Math.ceil(work.jobs / 100));
  const oneAtATime = await timed(async () => {
    for (let place = 0; place < singles; place++) await engine.add(jobOf(stored++));
  });
  const crowd = Math.ceil(work.jobs / 10);
  const manyInFlight = await timed(async () => {
    const end = stored + crowd;
    const add = async () => {
      while (stored < end) await engine.add(jobOf(stored++));
    };
    await Promise.all(Array.from({ length: inFlight }, add));
  });
  const warmUp = await timed(() => engine.drain(stored, took));
  const count = Math.min(work.jobs, Math.ceil((stored / warmUp) * longestDrainSeconds));
  const jobs = Array.from({ length: count }, () => jobOf(stored++));
  const bulk = await timed(() => engine.addMany(jobs));
  const busyBefore = processor(work);
  const drain = await timed(() => engine.drain(count, took));
  const busy = processor(work) - busyBefore;
  const left = await engine.left();
  await engine.close();
  return {
    oneAtATimePerSecond: singles / oneAtATime,
    manyInFlightPerSecond: crowd / manyInFlight,
    bulkPerSecond: count / bulk,
    drainPerSecond: count / drain,
    microsecondsPerJob: (busy * 1e6) / count,
    drained: count,
    stored,
    taken,
    distinct: seen.size,
    left,
  };
}

function processor({ serverPid }: Work): number {
  return processorSeconds(process.pid) + (serverPid === null ? 0 : treeProcessorSeconds(serverPid));
}

async function timed(act: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await act();
  return (performance.now() - start) / 1_000;
}
