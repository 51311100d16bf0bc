/** Something to do that does nothing: a number that no other job has, and about 400 bytes to carry. */
export interface Job {
  readonly number: number;
  readonly text: string;
}

/** A queue with its own worker, used as its documentation says it is fastest. */
export interface Engine {
  /** Resolves when the engine says that the job is stored. */
  add(job: Job): Promise<void>;
  /** Stores many by the fastest way it has. */
  addMany(jobs: readonly Job[]): Promise<void>;
  /** Works off `count` jobs and resolves when its own books say that all are done. `took` is told the number of each one. */
  drain(count: number, took: (number: number) => void): Promise<void>;
  /** Jobs that are not done, by its own books. */
  left(): Promise<number>;
  close(): Promise<void>;
}

/**
 * `power-safe`: what was answered survives a power cut. `crash-safe`: it survives the end of the process, and a power cut
 * may take the last moments. Figures of one class are never set beside those of the other.
 */
export type Durability = 'power-safe' | 'crash-safe';

interface EngineOptions {
  /** New and empty. */
  readonly folder: string;
  readonly durability: Durability;
  /** The socket of the engine's server, or the folder of it; null for one that needs none. */
  readonly socket: string | null;
}

export type OpenEngine = (options: EngineOptions) => Promise<Engine>;

export function jobOf(number: number): Job {
  return {
    number,
    text: 'Your parcel is on its way and will arrive within two working days. '.repeat(6).slice(0, 380),
  };
}
