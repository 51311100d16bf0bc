/** What a bounce says about an address, by its enhanced status code (RFC 3463). */
export interface BounceStatus {
  readonly status: RegExp;
  /** Whether the address is to be used no more, or not for a while; null where it is not the address's fault. */
  readonly suppress: 'hard' | 'soft' | null;
  readonly means: string;
}

/** The first row that fits decides; the last one fits all. */
export const bounceStatuses: readonly BounceStatus[] = [
  { status: /^[45]\.1\.(?:1|2|3|6|10)$/, suppress: 'hard', means: 'there is no such mailbox' },
  { status: /^5\.2\.1$/, suppress: 'hard', means: 'the mailbox is disabled' },
  { status: /^[45]\.2\.[12]$/, suppress: 'soft', means: 'the mailbox is full or takes nothing now' },
  { status: /^[45]\.(?:2\.3|3\.4)$/, suppress: null, means: 'the message is too large' },
  { status: /^4\.4\.\d+$/, suppress: 'soft', means: 'the mail server of the address could not be reached' },
  { status: /^5\.4\.\d+$/, suppress: 'soft', means: 'there is no way to the mail server of the address' },
  { status: /^[45]\.6\.\d+$/, suppress: null, means: 'the mail server of the address cannot handle this content' },
  { status: /^[45]\.7\.\d+$/, suppress: null, means: 'the mail server of the address refuses it by policy' },
  { status: /^/, suppress: null, means: 'the mail server of the address refuses it' },
];

export function bounceStatusOf(status: string): BounceStatus {
  const row = bounceStatuses.find((one) => one.status.test(status));
  if (row === undefined) throw new Error('the table has no row for the rest');
  return row;
}

/** The first enhanced status code in what a mail server said: `550 5.1.1 no such user`. */
export function statusIn(text: string): string | null {
  return /(?:^|[\s#])([245]\.\d{1,3}\.\d{1,3})(?=[\s,:;)]|$)/.exec(text.slice(0, 1_000))?.[1] ?? null;
}
