import type { Figure, Measurement, Run } from '../../figure.ts';
import type { GoalName } from '../../goals.ts';
import { bundleGateway } from '../../processes/bundle.ts';
import { startGateway } from '../../processes/gateway.ts';
import { pause, ready, settlingMs } from '../../processes/readiness.ts';
import { processorSeconds, residentMemory } from '../../processes/resources.ts';

export const processFigure: Figure = {
  name: 'process',
  about: 'start-up time, and what the idle program takes: from its source, and bundled',
  async measure(run) {
    const programs = [
      { name: 'from source', options: {} },
      { name: 'bundled', options: { program: bundleGateway(run) } },
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
