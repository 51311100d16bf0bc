import type { Clock } from '@posthorn/core';

/** A clock that moves only when told to. */
export interface ManualClock extends Clock {
  /** Moves time on and runs every job that falls due on the way, each at its own moment. */
  advance(ms: number): void;
  /** The wall clock is set forward: what waits keeps its distance, as real timers do. */
  leap(ms: number): void;
  /** Jobs that still wait: a test that ends with some has a leak. */
  pending(): number;
  /** When the next job is due; null when none waits. */
  nextAt(): number | null;
}

export function manualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  let sequence = 0;
  const jobs = new Map<number, { readonly at: number; readonly job: () => void }>();
  const earliest = () => [...jobs].sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
  return {
    now: () => now,
    after(ms, job) {
      const id = ++sequence;
      jobs.set(id, { at: now + Math.max(0, ms), job });
      return () => void jobs.delete(id);
    },
    afterTurn: queueMicrotask,
    advance(ms) {
      const end = now + ms;
      for (let next = earliest(); next !== undefined && next[1].at <= end; next = earliest()) {
        const [id, { at, job }] = next;
        jobs.delete(id);
        now = at;
        job();
      }
      now = end;
    },
    leap(ms) {
      now += ms;
      for (const [id, { at, job }] of jobs) jobs.set(id, { at: at + ms, job });
    },
    pending: () => jobs.size,
    nextAt: () => earliest()?.[1].at ?? null,
  };
}
