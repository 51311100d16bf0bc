import { type Channel, type CodeOutcome, formatDuration, type ProviderKind } from '@posthorn/core';

/** An outcome in one word or two, as docs/outcomes.md has them. */
export function outcomeWord(outcome: CodeOutcome): string {
  switch (outcome.kind) {
    case 'refused':
      return `refused · ${outcome.because}`;
    case 'deferred':
      return `deferred · ${outcome.scope}`;
    case 'objection':
      return `objection · ${outcome.because}`;
    default:
      return outcome.kind;
  }
}

/** What Posthorn does about it: `decide` in words, with what the account does when nothing is set. */
export function consequenceOf(
  outcome: CodeOutcome,
  { pruning }: Pick<Channel, 'pruning'>,
  { onUncertain }: ProviderKind,
): string {
  switch (outcome.kind) {
    case 'accepted':
      return '`sent`';
    case 'refused':
      return `\`failed\`: never tried again, and the plan's next step starts${suppressed(outcome.suppress, pruning)}`;
    case 'deferred':
      if (outcome.scope !== 'account' && outcome.elsewhere === true)
        return `the next account of the route at once, else \`retrying\`${waited(outcome.retryAfterMs)}`;
      return outcome.scope === 'account'
        ? `the next account of the route at once, else \`retrying\`${waited(outcome.retryAfterMs)}; all that the account has waits with it`
        : `\`retrying\` on this account${waited(outcome.retryAfterMs)}`;
    case 'misconfigured':
      return 'no attempt is spent: the next account of the route at once, else `parked` until the account works again';
    case 'uncertain':
      return onUncertain === 'hold'
        ? "`uncertain`, not sent again; the plan's next step starts unless the guarantee is `at-most-once`"
        : '`retrying`, or `uncertain` under `at-most-once`';
    case 'delivered':
      return '`delivered`';
    case 'undelivered':
      return `\`undelivered\`${outcome.objects === undefined ? suppressed(outcome.suppress, pruning) : `; ${objected(outcome.objects)}`}`;
    case 'nothing':
      return 'nothing: it stays as it is';
    case 'objection':
      return `the delivery stays as it is; ${objected(outcome.because)}`;
  }
}

function objected(why: 'unsubscribe' | 'complaint'): string {
  return why === 'complaint' ? 'the address gets nothing more' : 'the address gets no more marketing';
}

/** Where a channel prunes, a vendor's word is a strike, however strong it is. */
function suppressed(how: 'hard' | 'soft' | undefined, pruning: Channel['pruning']): string {
  if (how === undefined) return '';
  if (pruning !== undefined) return '; a mark against the address';
  return how === 'hard' ? '; the address is dead' : '; a mark against the address';
}

function waited(ms: number | null | undefined): string {
  return typeof ms === 'number' ? ` after ${formatDuration(ms)}` : '';
}
