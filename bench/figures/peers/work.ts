import type { Durability, Engine, OpenEngine } from './engine.ts';

export type EngineName = 'posthorn' | 'plainjob' | 'bullmq' | 'pg-boss' | 'graphile-worker';

/** What an engine is to do in a process of its own. */
export interface Work {
  readonly engine: EngineName;
  readonly durability: Durability;
  readonly folder: string;
  readonly socket: string | null;
  /** The process of its server, whose processor time is the engine's as well; null for none. */
  readonly serverPid: number | null;
  /** Jobs of the drain that is measured, if the engine is quick enough. */
  readonly jobs: number;
}

/** How it did it. */
export interface Done {
  readonly oneAtATimePerSecond: number;
  readonly manyInFlightPerSecond: number;
  readonly bulkPerSecond: number;
  readonly drainPerSecond: number;
  /** Of the drain, with the processor time of the server. */
  readonly microsecondsPerJob: number;
  /** Jobs of that drain. */
  readonly drained: number;
  /** All jobs, those of the warm-up included. */
  readonly stored: number;
  /** Jobs that were handed to the worker, and different ones among them. */
  readonly taken: number;
  readonly distinct: number;
  readonly left: number;
}

const engines: Readonly<Record<EngineName, () => Promise<{ readonly open: OpenEngine }>>> = {
  posthorn: () => import('./engines/posthorn.ts'),
  plainjob: () => import('./engines/plainjob.ts'),
  bullmq: () => import('./engines/bullmq.ts'),
  'pg-boss': () => import('./engines/pg-boss.ts'),
  'graphile-worker': () => import('./engines/graphile-worker.ts'),
};

export async function openEngine({ engine, ...options }: Work): Promise<Engine> {
  const { open } = await engines[engine]();
  return open(options);
}
