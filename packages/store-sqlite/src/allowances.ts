import { type Allowance, isBudget, isLimit, laneKey, type Reader } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { openQuotaCounts } from './quota-counts.ts';
import type { SearchTerm } from './search-terms.ts';

/** Says how full the limits are of which deliveries would be part; counts nothing. */
export function openAllowances(db: Database, term: SearchTerm): Reader['allowances'] {
  const counts = openQuotaCounts(db, term);
  return ({ project, kind, deliveries, limits, now }) =>
    deliveries.map((delivery) => {
      const { channel, address, parts = 1 } = delivery;
      // Only a vendor's quotas ask for the lane and the content.
      const asked = { lane: 0, content: null, project, channel, address, kind, parts };
      return counts.talliesOf(limits[laneKey(delivery)] ?? [], asked, now).flatMap((tally) => {
        const fills = counts.fillsOf(tally, parts, now);
        return fills.map((fill, place): Allowance => {
          const { by } = tally;
          if (!isLimit(by)) throw new Error('nothing but limits was asked for');
          if (isBudget(by)) return { per: by.per, withinMs: null, ...fill };
          return { per: by.per, withinMs: by.windows[place]?.ms ?? null, ...fill };
        });
      });
    });
}
