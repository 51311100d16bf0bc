import type { Outcome } from './outcome.ts';

/**
 * When an address that its vendor calls dead is given up, on a channel whose addresses come and go by themselves, such as
 * device tokens. Vendors have been wrong about many at once, and with a wrong key every token looks dead: so one word is
 * not enough, and none counts while too many are said.
 */
export interface PruningPolicy {
  readonly strikes: StrikePolicy;
  readonly alarm: AlarmPolicy;
}

/** How often an address has to be called dead before it is suppressed. */
export interface StrikePolicy {
  /** So many deliveries to it, the last one included. */
  readonly most: number;
  /** The earlier ones lie at least this long behind the last: what is wrong for an hour takes nobody's address away. */
  readonly apartMs: number;
  /** And at most this long. */
  readonly withinMs: number;
  /** How long it then gets nothing. */
  readonly restMs: number;
}

/** When an account's word about dead addresses is not believed. */
export interface AlarmPolicy {
  /** What was sent within this time is looked at. */
  readonly windowMs: number;
  /** Fewer say nothing about their share. */
  readonly leastSends: number;
  /** At most this share of them may look dead, 0 to 1. */
  readonly mostDeadShare: number;
  /** Something must have been accepted within this time: where nothing ever is, the fault is ours. */
  readonly witnessMs: number;
}

/** Whether a strike at `now` is the one too many. `earlier` are the moments of the address's other strikes. */
export function strikesOut(
  earlier: readonly number[],
  now: number,
  { most, apartMs, withinMs }: StrikePolicy,
): boolean {
  const counted = earlier.filter((at) => at <= now - apartMs && at > now - withinMs);
  return counted.length + 1 >= most;
}

/** What an account's vendor said of late. */
export interface Tally {
  /** When something was accepted last; null when nothing was since the start. */
  readonly acceptedAt: number | null;
  /** Oldest first. */
  readonly slices: readonly Slice[];
}

interface Slice {
  readonly from: number;
  readonly sends: number;
  readonly dead: number;
}

export const emptyTally: Tally = { acceptedAt: null, slices: [] };

/** Retention removes strikes a day later. */
const longestMemoryMs = 30 * 24 * 3_600_000;
/** A window is looked at in so many slices, so that it moves on in small steps and costs little. */
const slicesOfWindow = 10;

/** The tally after an outcome. Only what the vendor said about a message counts, not what kept it from saying anything. */
export function tallied(tally: Tally, outcome: Outcome, now: number, { windowMs }: AlarmPolicy): Tally {
  const accepted = outcome.kind === 'accepted';
  if (!accepted && outcome.kind !== 'refused') return tally;
  const dead = looksDead(outcome) ? 1 : 0;
  const acceptedAt = accepted ? now : tally.acceptedAt;
  const last = tally.slices.at(-1);
  if (last !== undefined && now >= last.from && now < last.from + windowMs / slicesOfWindow) {
    const slice = { from: last.from, sends: last.sends + 1, dead: last.dead + dead };
    return { acceptedAt, slices: [...tally.slices.slice(0, -1), slice] };
  }
  return { acceptedAt, slices: [...recent(tally, now, windowMs), { from: now, sends: 1, dead }] };
}

/** Why the account's vendor is not believed now when it calls an address dead; null when it is. */
export function disbelief(tally: Tally, now: number, alarm: AlarmPolicy): string | null {
  const { acceptedAt } = tally;
  if (acceptedAt === null || now - acceptedAt > alarm.witnessMs) return 'nothing of this account was accepted of late';
  const slices = recent(tally, now, alarm.windowMs);
  const sends = slices.reduce((sum, slice) => sum + slice.sends, 0);
  const dead = slices.reduce((sum, slice) => sum + slice.dead, 0);
  return sends >= alarm.leastSends && dead > sends * alarm.mostDeadShare
    ? `${dead} of ${sends} addresses of this account looked dead of late`
    : null;
}

/** The vendor asks not to use the address any more. */
export function looksDead(outcome: Outcome): boolean {
  return outcome.kind === 'refused' && outcome.suppress !== undefined;
}

/** Hears what the accounts' vendors say, one after another. */
export interface PruningGuard {
  /** Counts an outcome of an account. Why an address that looks dead is kept all the same; null when nothing speaks for it. */
  heard(lane: string, outcome: Outcome, now: number): string | null;
}

export function openPruningGuard({ alarm }: PruningPolicy): PruningGuard {
  const tallies = new Map<string, Tally>();
  return {
    heard(lane, outcome, now) {
      const tally = tallied(tallies.get(lane) ?? emptyTally, outcome, now, alarm);
      tallies.set(lane, tally);
      return looksDead(outcome) ? disbelief(tally, now, alarm) : null;
    },
  };
}

/** A clock that was set back leaves slices of the future, which are of no time at all. */
function recent({ slices }: Tally, now: number, windowMs: number): readonly Slice[] {
  return slices.filter(({ from }) => from <= now && from > now - windowMs);
}

/** What of a policy cannot be kept: everything, so that its author hears it at once. */
export function pruningFaults({ strikes, alarm }: PruningPolicy): readonly string[] {
  const faults: string[] = [];
  if (!(Number.isInteger(strikes.most) && strikes.most >= 1)) faults.push('pruning.strikes.most must be 1 or more');
  if (!(strikes.apartMs >= 0 && strikes.withinMs > strikes.apartMs && strikes.withinMs <= longestMemoryMs))
    faults.push(
      'pruning.strikes.withinMs must be longer than apartMs, and at most 30 days: strikes are kept no longer',
    );
  if (!(strikes.restMs > 0)) faults.push('pruning.strikes.restMs must be more than 0');
  if (!(alarm.windowMs > 0 && alarm.witnessMs > 0))
    faults.push('pruning.alarm.windowMs and witnessMs must be more than 0');
  if (!(alarm.leastSends >= 1 && alarm.mostDeadShare >= 0 && alarm.mostDeadShare <= 1))
    faults.push('pruning.alarm.leastSends must be 1 or more, and mostDeadShare 0 to 1');
  return faults;
}
