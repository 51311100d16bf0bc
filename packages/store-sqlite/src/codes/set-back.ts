import type { Database } from 'better-sqlite3';

/** Commands that were given at the same time may come in another order; nobody sets a clock back by so little. */
const slackMs = 1_000;

/**
 * Ends of codes are moments of the wall clock: when that is set back they go back with it, or codes would be valid for
 * longer than they were made for. To be told the time once in a few seconds at the least; what it does after a clock was
 * wrong for a while is on the safe side, since older codes then end early.
 */
export function openSetBack(db: Database): (now: number) => void {
  const move = db.prepare<{ now: number; by: number }>(
    'UPDATE codes SET opened_at = opened_at - @by, expires_at = expires_at - @by WHERE expires_at > @now',
  );
  let latest = Number.NEGATIVE_INFINITY;
  return (now) => {
    if (now < latest - slackMs) move.run({ now, by: latest - now });
    else if (now < latest) return;
    latest = now;
  };
}
