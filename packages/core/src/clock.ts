/** Time as an argument. Milliseconds since the Unix epoch everywhere; nothing else in core reads a clock. */
export interface Clock {
  now(): number;
  /** Calls `job` once after `ms`; the returned function cancels it. */
  after(ms: number, job: () => void): () => void;
}

/** setTimeout takes a signed 32-bit delay and fires at once beyond it; a longer wait is cut here and looked at again. */
const longestTimerMs = 2_147_483_647;

/** The machine's clock. It never runs backwards: after a step back it stands still until real time has caught up. */
export function systemClock(): Clock {
  let latest = 0;
  return {
    now() {
      latest = Math.max(latest, Date.now());
      return latest;
    },
    after(ms, job) {
      const timer = setTimeout(job, Math.min(Math.max(ms, 0), longestTimerMs));
      return () => clearTimeout(timer);
    },
  };
}
