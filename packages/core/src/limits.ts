/** A token bucket: so many a second on average, and no more than `burst` at once. */
export interface Bucket {
  readonly perSecond: number;
  readonly burst: number;
  readonly tokens: number;
  readonly at: number;
}

/** A full bucket. Its burst is a tenth of a second's worth, so that a second never carries much more than its rate. */
export function fullBucket(perSecond: number, now: number): Bucket {
  const burst = Math.max(1, perSecond / 10);
  return { perSecond, burst, tokens: burst, at: now };
}

/** How many of `want` may go now. */
export function available(bucket: Bucket, want: number, now: number): number {
  return Math.min(want, Math.floor(refilled(bucket, now).tokens));
}

/** The bucket after `count` went. */
export function spend(bucket: Bucket, count: number, now: number): Bucket {
  const full = refilled(bucket, now);
  return { ...full, tokens: full.tokens - count };
}

/** How long until one more may go. */
export function waitMs(bucket: Bucket, now: number): number {
  const missing = 1 - refilled(bucket, now).tokens;
  return missing <= 0 ? 0 : Math.ceil((missing / bucket.perSecond) * 1_000);
}

function refilled(bucket: Bucket, now: number): Bucket {
  const grown = bucket.tokens + (Math.max(0, now - bucket.at) / 1_000) * bucket.perSecond;
  return { ...bucket, tokens: Math.min(bucket.burst, grown), at: Math.max(now, bucket.at) };
}
