import type { Count, Figure, Measurement, Run } from '../../figure.ts';
import { median } from '../../statistics.ts';
import { type Contender, contender, takeTurn } from './contest.ts';
import type { Durability } from './engine.ts';
import type { Done, EngineName } from './work.ts';

/** Who is in which class. Ours has one durability, so the weaker class has the others alone. */
const classes: readonly { readonly durability: Durability; readonly names: readonly EngineName[] }[] = [
  { durability: 'power-safe', names: ['posthorn', 'plainjob', 'bullmq', 'pg-boss', 'graphile-worker'] },
  { durability: 'crash-safe', names: ['plainjob', 'bullmq', 'pg-boss', 'graphile-worker'] },
];

interface Discipline {
  readonly what: string;
  readonly unit: string;
  readonly value: (done: Done) => number;
  /** Whether it is a rate that engines are compared by. */
  readonly compared: boolean;
}

const drained: Discipline = {
  what: 'drain',
  unit: '1/s',
  value: ({ drainPerSecond }) => drainPerSecond,
  compared: true,
};
const disciplines: readonly Discipline[] = [
  drained,
  {
    what: 'drain with storing them beforehand',
    unit: '1/s',
    value: ({ drainPerSecond, bulkPerSecond }) => 1 / (1 / drainPerSecond + 1 / bulkPerSecond),
    compared: true,
  },
  { what: 'store one at a time', unit: '1/s', value: (done) => done.oneAtATimePerSecond, compared: true },
  { what: 'store, 64 in flight', unit: '1/s', value: (done) => done.manyInFlightPerSecond, compared: true },
  { what: 'store in bulk', unit: '1/s', value: (done) => done.bulkPerSecond, compared: true },
  { what: 'processor time of a drained job', unit: 'µs', value: (done) => done.microsecondsPerJob, compared: false },
];

export const peers: Figure = {
  name: 'peers',
  about: 'the same drain for plainjob, BullMQ, pg-boss and graphile-worker, in turns; each durability by itself',
  async measure(run) {
    const measurements: Measurement[] = [];
    const counts: Count[] = [];
    const notes: string[] = [];
    for (const { durability, names } of classes) {
      const contenders = names.map(contender);
      counts.push(...(await contest(run, contenders, durability)));
      const present = contenders.filter(({ missing }) => missing === null);
      measurements.push(...rowsOf(present, durability));
      if (durability === 'power-safe') {
        measurements.push(...ratiosOf(present, present.length === contenders.length));
        notes.push(...lostBy(present));
      }
      notes.push(...notesOf(contenders, durability, run.effort.peerJobs));
    }
    return { measurements, counts, notes };
  },
};

/** A, B, C, then C, B, A: whatever the machine does beside falls on all alike. */
async function contest(run: Run, contenders: readonly Contender[], durability: Durability): Promise<readonly Count[]> {
  const counts: Count[] = [];
  for (let round = 0; round < run.effort.peerRounds; round++) {
    const turns = round % 2 === 0 ? contenders : contenders.toReversed();
    for (const each of turns) {
      if (each.missing !== null) continue;
      const start = performance.now();
      counts.push(...(await takeTurn(run, each, durability, run.effort.peerJobs)));
      if (each.missing !== null) console.error(`*** ${missingLine(each, durability)} ***`);
      else console.error(`peers: ${durability}, ${each.name}: ${Math.round((performance.now() - start) / 1_000)} s`);
    }
  }
  return counts;
}

function rowsOf(contenders: readonly Contender[], durability: Durability): readonly Measurement[] {
  return disciplines.flatMap(({ what, unit, value }) =>
    contenders.map(({ name, rounds }) => ({
      what: `${durability}: ${what}, ${name}`,
      unit,
      values: rounds.map(value),
    })),
  );
}

/**
 * Ours against each of the others, and against the best of them in the same round. Whoever is missing may have been the
 * best: then the goal is not answered.
 */
function ratiosOf(contenders: readonly Contender[], complete: boolean): readonly Measurement[] {
  const ours = contenders.find(({ name }) => name === 'posthorn');
  const others = contenders.filter((each) => each !== ours);
  if (ours === undefined || others.length === 0) return [];
  const against = (rivals: readonly Contender[]) =>
    ours.rounds.map(
      (done, round) =>
        drained.value(done) / Math.max(...rivals.map(({ rounds }) => drained.value(rounds[round] as Done))),
    );
  const row = (rival: string, rivals: readonly Contender[]): Measurement => ({
    what: `power-safe: drain, posthorn : ${rival}`,
    unit: 'ratio',
    values: against(rivals),
  });
  const best = row('the best other', others);
  return [...others.map((each) => row(each.name, [each])), complete ? { ...best, goal: 'peers' } : best];
}

/** What another engine does faster than ours, so that it is read without searching for it. */
function lostBy(contenders: readonly Contender[]): readonly string[] {
  const ours = contenders.find(({ name }) => name === 'posthorn');
  if (ours === undefined) return [];
  const speed = ({ rounds }: Contender, { value }: Discipline) => median(rounds.map(value));
  return disciplines
    .filter(({ compared }) => compared)
    .flatMap((discipline) =>
      contenders
        .filter((each) => speed(each, discipline) > speed(ours, discipline))
        .map((each) => {
          const times = (speed(each, discipline) / speed(ours, discipline)).toFixed(2);
          return `power-safe: ${each.name} is ${times} times as fast as posthorn at: ${discipline.what}`;
        }),
    );
}

function notesOf(contenders: readonly Contender[], durability: Durability, jobs: number): readonly string[] {
  const versions = contenders.filter(({ missing }) => missing === null).map(({ version }) => version);
  const absent = contenders.filter(({ missing }) => missing !== null);
  return [
    `${durability}: ${versions.join('; ')}`,
    ...(contenders.some(({ name }) => name === 'posthorn')
      ? []
      : [`${durability}: posthorn has no such mode and is not compared`]),
    ...contenders.flatMap(({ name, rounds }) => {
      const fewest = Math.min(...rounds.map(({ drained }) => drained));
      return fewest < jobs
        ? [`${durability}: ${name} is so slow that a turn had ${fewest} jobs instead of ${jobs}`]
        : [];
    }),
    ...absent.map((each) => missingLine(each, durability)),
  ];
}

function missingLine({ name, missing }: Contender, durability: Durability): string {
  return `MISSING: ${durability}: ${name} was not measured: ${missing}`;
}
