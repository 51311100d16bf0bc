import type { GoalName } from './goals.ts';

/** One thing that is measured. Each has a file of its own and a line in the table of `main.ts`. */
export interface Figure {
  readonly name: string;
  /** One line for `--help`. */
  readonly about: string;
  measure(run: Run): Promise<Reading>;
}

/** What a figure gets to work with. */
export interface Run {
  readonly effort: Effort;
  /** A new empty folder on the disk that is measured; removed when the run ends. */
  folder(): string;
  /** Where every gateway leaves a CPU profile; null for none. */
  readonly profiles: string | null;
}

/** How much of everything: a quick run shows that it works, a full one is quoted. */
export interface Effort {
  /** Turns of each contender of a comparison. */
  readonly rounds: number;
  /** Runs of a figure that is compared with nothing, each with a new store. */
  readonly repeats: number;
  /** Of one load. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Deliveries that wait when a drain through the program begins. */
  readonly backlog: number;
  /** The same of a drain without HTTP. */
  readonly jobs: number;
  /** Of a comparison with other queues: turns of each, and the jobs of a turn. */
  readonly peerRounds: number;
  readonly peerJobs: number;
  /** Rows of each sort, scheduled, finished and queued, that a deep store has. */
  readonly deepRows: number;
  /** Deliveries that are queued in front of an urgent one, or of a start. */
  readonly crowd: number;
  readonly idleSeconds: number;
  /** Of one turn of a provider or of what it is compared with, and beforehand. */
  readonly exchangeSeconds: number;
  readonly exchangeWarmUpSeconds: number;
}

/** What a figure came to. */
export interface Reading {
  readonly measurements: readonly Measurement[];
  readonly counts: readonly Count[];
  /** What has to be read with the table: versions, what is missing, what was lost. */
  readonly notes?: readonly string[];
}

/** One quantity, with its value in each round. */
export interface Measurement {
  readonly what: string;
  /** `1/s`, `ms`, `µs`, `%`, `MiB`, `B`; `ratio` for none. */
  readonly unit: string;
  readonly values: readonly number[];
  /** The goal that its median is held against. */
  readonly goal?: GoalName;
}

/** What must agree: something was lost or doubled when it does not. */
export interface Count {
  readonly what: string;
  readonly expected: number;
  readonly found: number;
}

export const fullEffort: Effort = {
  rounds: 5,
  repeats: 3,
  seconds: 5,
  warmUpSeconds: 2,
  // As many as the sandbox's inbox keeps, since every one is looked for there.
  backlog: 10_000,
  jobs: 50_000,
  // Even, so that everyone comes first and last as often.
  peerRounds: 4,
  peerJobs: 50_000,
  deepRows: 1_000_000,
  crowd: 100_000,
  idleSeconds: 10,
  exchangeSeconds: 0.25,
  exchangeWarmUpSeconds: 0.4,
};

export const quickEffort: Effort = {
  rounds: 2,
  repeats: 1,
  seconds: 0.6,
  warmUpSeconds: 0.2,
  backlog: 1_000,
  jobs: 5_000,
  peerRounds: 1,
  peerJobs: 1_000,
  deepRows: 10_000,
  crowd: 5_000,
  idleSeconds: 1,
  exchangeSeconds: 0.1,
  exchangeWarmUpSeconds: 0.1,
};
