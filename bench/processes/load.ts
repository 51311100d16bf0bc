import { startChild } from './child.ts';
import { processorSeconds } from './resources.ts';

/** Requests that a process of its own sends to a port of this machine. */
export interface LoadPlan {
  readonly port: number;
  readonly path: string;
  readonly key: string;
  /** Each `numberMark` in it is replaced by the number of the request, counted from `firstNumber`. */
  readonly body: string;
  readonly firstNumber: number;
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second, sent when they are due whether earlier ones were answered or not; null sends the next at an answer. */
  readonly rate: number | null;
}

/** What came of it. Latencies in milliseconds; of a fixed rate they count from when the request was due. */
export interface Load {
  readonly sent: number;
  /** How many answers had each status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** When the first request was due: milliseconds since the Unix epoch, with fractions. */
  readonly startedAt: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  /** Processor time of the client, in seconds: with less than one for each second it was not what held things up. */
  readonly clientSeconds: number;
}

/** A load together with the processor time that the server spent on it. */
export interface ServedLoad extends Load {
  readonly serverSeconds: number;
}

const startPatienceMs = 20_000;

/** Runs a load against the process `pid` and waits for its end. */
export async function load(plan: LoadPlan, pid: number): Promise<ServedLoad> {
  const client = startChild(new URL('./load-client.ts', import.meta.url));
  const before = processorSeconds(pid);
  try {
    const result = await client.ask<Load>(plan, startPatienceMs + 3_000 * plan.seconds);
    return { ...result, serverSeconds: processorSeconds(pid) - before };
  } finally {
    await client.end();
  }
}
