import type { Claimed } from '../src/outbox.ts';
import { type Counted, isLimit, type Quota } from '../src/quota.ts';

type Sent = Pick<Claimed, 'channel' | 'account' | 'address' | 'content' | 'kind'>;

/** The counts of vendors' quotas, as small as they can be said: every claim that all of them allow is written down under each of its keys. */
export function memoryQuotas() {
  const claims = new Map<string, number[]>();

  const countOf = ({ channel, account, address, content }: Sent, quota: Quota, place: number) => {
    const told = quota.field === undefined ? null : ({ ...(content as Record<string, unknown>) }[quota.field] ?? null);
    const key = JSON.stringify([channel, account, place, quota.per === 'address' ? address : null, told]);
    const times = claims.get(key) ?? [];
    claims.set(key, times);
    return times;
  };

  return {
    /** Counts a claim, or says until when it is forbidden. */
    take(sent: Sent, counted: readonly Counted[], now: number): number | null {
      const counts = counted
        .filter((one): one is Quota => !isLimit(one))
        .map((quota, place) => ({ quota, times: countOf(sent, quota, place) }))
        .filter(({ quota }) => quota.kinds === undefined || quota.kinds.includes(sent.kind));
      const until = counts.flatMap(({ quota, times }) =>
        quota.windows.map(({ most, ms }) => (times.at(-most) ?? Number.NEGATIVE_INFINITY) + ms),
      );
      const latest = Math.max(now, ...until);
      if (latest > now) return latest;
      for (const { times } of counts) times.push(now);
      return null;
    },
  };
}
