/** Time as an argument. Milliseconds since the Unix epoch everywhere; nothing else in core reads a clock. */
export interface Clock {
  now(): number;
  /** Calls `job` once after `ms`; the returned function cancels it. */
  after(ms: number, job: () => void): () => void;
  /** Calls `job` once, as soon as everything that is due at this moment has been dealt with. */
  afterTurn(job: () => void): void;
}

/** setTimeout takes a signed 32-bit delay and fires at once beyond it; a longer wait is cut here and looked at again. */
const longestTimerMs = 2_147_483_647;

/**
 * The machine's clock. It never runs backwards, and never stands still: after a step back it goes on at the pace of the
 * monotonic clock until real time has caught up, so that retries, limits and leases keep their distances.
 */
export function systemClock(): Clock {
  let latest = Date.now();
  let seen = performance.now();
  return {
    now() {
      const wall = Date.now();
      const monotonic = performance.now();
      const setBack = wall < Math.floor(latest);
      latest = setBack ? latest + (monotonic - seen) : Math.max(latest, wall);
      seen = monotonic;
      return Math.floor(latest);
    },
    after(ms, job) {
      const timer = setTimeout(job, Math.min(Math.max(ms, 0), longestTimerMs));
      return () => clearTimeout(timer);
    },
    afterTurn: (job) => void setImmediate(job),
  };
}
