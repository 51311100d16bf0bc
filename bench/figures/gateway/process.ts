import { get } from 'node:http';
import type { Figure, Measurement, Run } from '../../figure.ts';
import type { GoalName } from '../../goals.ts';
import { bundleGateway } from '../../processes/bundle.ts';
import { startGateway } from '../../processes/gateway.ts';
import { processorSeconds, residentMemory } from '../../processes/resources.ts';

const readyPatienceMs = 20_000;
/** After a start the engine still compiles for a moment. */
const settlingMs = 1_000;

export const processFigure: Figure = {
  name: 'process',
  about: 'start-up time, and what the idle program takes: from its source, and bundled',
  async measure(run) {
    const programs = [
      { name: 'from source', options: {} },
      { name: 'bundled', options: { program: await bundleGateway(run) } },
    ].map((each) => ({ ...each, rounds: [] as Round[] }));
    // The first start reads everything from the disk; what is measured are those after it.
    for (const { options } of programs) await (await startGateway(run, { folder: run.folder(), ...options })).stop();
    for (let round = 0; round < run.effort.repeats; round++) {
      for (const { options, rounds } of programs) rounds.push(await measureOnce(run, options));
    }
    const idle = `after ${run.effort.idleSeconds} s idle`;
    const measurements = programs.flatMap(({ name, rounds }): readonly Measurement[] => {
      const row = (what: string, unit: string, value: (round: Round) => number): Measurement => ({
        what: `${name}: ${what}`,
        unit,
        values: rounds.map(value),
      });
      const goal = (row: Measurement, aimedAt: GoalName) => (name === 'bundled' ? { ...row, goal: aimedAt } : row);
      return [
        row('start to the listening line', 'ms', ({ listeningMs }) => listeningMs),
        row('start to a 200 of /readyz', 'ms', ({ readyMs }) => readyMs),
        goal(
          row(`resident memory ${idle}`, 'MiB', ({ residentMiB }) => residentMiB),
          'idle-memory',
        ),
        row(`of it not mapped from files ${idle}`, 'MiB', ({ anonymousMiB }) => anonymousMiB),
        goal(
          row(`processor during ${run.effort.idleSeconds} s idle`, '%', ({ processorShare }) => processorShare),
          'idle-processor',
        ),
      ];
    });
    return { measurements, counts: [] };
  },
};

interface Round {
  readonly listeningMs: number;
  readonly readyMs: number;
  readonly residentMiB: number;
  readonly anonymousMiB: number;
  /** Of one core, in percent. The kernel counts in hundredths of a second. */
  readonly processorShare: number;
}

async function measureOnce(run: Run, options: { readonly program?: string }): Promise<Round> {
  const start = performance.now();
  const { pid, port, listeningAfterMs, stop } = await startGateway(run, { folder: run.folder(), ...options });
  await ready(port);
  const readyMs = performance.now() - start;
  await pause(settlingMs);
  const before = processorSeconds(pid);
  await pause(run.effort.idleSeconds * 1_000);
  const processorShare = ((processorSeconds(pid) - before) / run.effort.idleSeconds) * 100;
  const { all, anonymous } = residentMemory(pid);
  await stop();
  return { listeningMs: listeningAfterMs, readyMs, residentMiB: all, anonymousMiB: anonymous, processorShare };
}

async function ready(port: number): Promise<void> {
  const deadline = performance.now() + readyPatienceMs;
  while ((await statusOf(port)) !== 200) {
    if (performance.now() > deadline) throw new Error(`not ready within ${readyPatienceMs} ms`);
    await pause(5);
  }
}

/** By the plain HTTP module: loading `fetch` would take as long as what is measured. */
function statusOf(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    request.on('error', reject);
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
