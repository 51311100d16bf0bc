import type { Logger } from '@posthorn/core';
import { closedFault, type RedisFault } from './fault.ts';

/** A time in which a Redis cannot be used, for the log. */
export interface Outage {
  began(fault: RedisFault): void;
  over(): void;
  /** From here on nothing is said: we have hung up ourselves. */
  expect(): void;
}

/** Says each reason once for as long as it lasts, and once that it is over. */
export function openOutage(log: Logger): Outage {
  const told = new Set<string>();
  let expected = false;
  return {
    began({ code, because }) {
      // That it is closed follows from every other reason.
      if (expected || told.has(code) || (code === closedFault.code && told.size > 0)) return;
      told.add(code);
      log.error(`Redis cannot be used: ${because}`, { code });
    },
    over() {
      if (told.size === 0) return;
      told.clear();
      log.info('Redis can be used again');
    },
    expect() {
      expected = true;
    },
  };
}
