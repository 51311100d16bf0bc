import type { Clock } from './clock.ts';

/** A provider has to let go this soon after its time is up; whoever does not is left behind. */
const graceMs = 500;

export interface Deadline<Value> {
  readonly timeoutMs: number;
  /** Ends the work before its time. */
  readonly stop: AbortSignal;
  readonly clock: Clock;
  /** The value of work that was left behind. */
  late(): Value;
  /** The value of work that threw, at once or later. */
  thrown(error: unknown): Value;
}

/** Keeps a provider's work within its time, whatever it does. Never rejects. */
export function withinDeadline<Value>(
  work: (signal: AbortSignal) => Promise<Value>,
  { timeoutMs, stop, clock, late, thrown }: Deadline<Value>,
): Promise<Value> {
  const abort = new AbortController();
  const giveUp = () => abort.abort();
  stop.addEventListener('abort', giveUp, { once: true });
  return new Promise((resolve) => {
    const timers = [clock.after(timeoutMs, giveUp)];
    const finish = (value: Value) => {
      for (const cancel of timers) cancel();
      stop.removeEventListener('abort', giveUp);
      resolve(value);
    };
    const leaveBehind = () => finish(late());
    abort.signal.addEventListener('abort', () => timers.push(clock.after(graceMs, leaveBehind)), { once: true });
    if (stop.aborted) giveUp();
    work(abort.signal).then(finish, (error: unknown) => finish(thrown(error)));
  });
}
