import { HttpProblem } from './problems.ts';
import { retryAfter } from './retry-after.ts';

/** Requests of a turn of the event loop that is older are refused: they have waited as long already, and make the next wait. */
const longestTurnMs = 1_000;

/** Refused before anything was done. */
export function overloaded(detail: string): HttpProblem {
  return new HttpProblem('overloaded', detail, { headers: retryAfter(0, 0) });
}

/** What came in one turn was ready when it began: the age of the turn is how long the request has waited. There is one event loop. */
let turnBeganAt: number | null = null;

export function refuseWhenLate(): void {
  const now = performance.now();
  if (turnBeganAt === null) {
    turnBeganAt = now;
    setImmediate(() => {
      turnBeganAt = null;
    });
  }
  if (now - turnBeganAt > longestTurnMs) throw overloaded('too many requests came at once');
}
