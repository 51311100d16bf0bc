import type { Acked } from '../clients.ts';
import type { Entry } from '../vendor/ledger.ts';
import type { Ending } from './endings.ts';

/** All that is known from outside after a site has come to rest. */
export interface Evidence {
  readonly acked: readonly Acked[];
  /** By the id of the notification. */
  readonly endings: ReadonlyMap<string, Ending>;
  readonly entries: readonly Entry[];
  /** Runs of the gateway that were killed; the others drained, or are still there. */
  readonly killed: ReadonlySet<number>;
  readonly concurrency: number;
}

export interface Findings {
  /** One sentence for each broken promise; empty when all is well. */
  readonly violations: readonly string[];
  /** Messages that arrived again, by the run whose kill was the reason. */
  readonly duplicates: ReadonlyMap<number, number>;
}

/** Holds what happened against what was promised. */
export function judge(evidence: Evidence): Findings {
  const taken = Map.groupBy(evidence.entries, ({ delivery }) => delivery);
  const duplicates = new Map<number, number>();
  const violations = [
    ...evidence.acked.flatMap((call) => endFaults(call, evidence.endings.get(call.notification), taken)),
    ...[...taken.values()].flatMap((entries) => repeatFaults(entries, evidence.killed, duplicates)),
    ...identityFaults(evidence),
  ];
  for (const [run, count] of duplicates) {
    if (count > evidence.concurrency)
      violations.push(
        `the kill of run ${run} repeated ${count} messages, more than the ${evidence.concurrency} under way`,
      );
  }
  return { violations, duplicates };
}

/** Nothing that was acknowledged is lost, and its status is the truth. */
function endFaults(
  { key, guarantee, delivery }: Acked,
  ending: Ending | undefined,
  taken: ReadonlyMap<string, readonly Entry[]>,
): readonly string[] {
  if (ending === undefined) return [`${key} was acknowledged and is not in the store`];
  switch (ending.status) {
    case 'sent':
      return taken.has(delivery) ? [] : [`${key} is sent, but the vendor never took it`];
    case 'uncertain':
      return guarantee === 'at-most-once' ? [] : [`${key} is uncertain, though it may be repeated`];
    case 'failed':
      return guarantee === 'at-least-once' && isPoison(ending) ? [] : [`${key} failed: ${JSON.stringify(ending)}`];
    default:
      return [`${key} did not end well: ${JSON.stringify(ending)}`];
  }
}

/** What was under way at three kills is taken for their cause. */
function isPoison({ delivery }: Ending): boolean {
  return delivery?.status === 'dead' && delivery.code === 'lease_lost' && delivery.attempts === 3;
}

/** A message arrives again only after a kill, and never under at-most-once. */
function repeatFaults(
  entries: readonly Entry[],
  killed: ReadonlySet<number>,
  duplicates: Map<number, number>,
): readonly string[] {
  // A killed gateway's last words may reach the vendor after the first of its successor.
  const [first, ...later] = entries.toSorted((a, b) => a.run - b.run);
  if (first === undefined || later.length === 0) return [];
  if (first.guarantee === 'at-most-once') return [`${first.key} is at-most-once and arrived ${entries.length} times`];
  const faults: string[] = [];
  let before = first;
  for (const entry of later) {
    if (entry.run === before.run) faults.push(`${entry.key} arrived twice in run ${entry.run}`);
    else if (!killed.has(before.run))
      faults.push(`${entry.key} arrived again after run ${before.run}, which was not killed`);
    else duplicates.set(before.run, (duplicates.get(before.run) ?? 0) + 1);
    before = entry;
  }
  return faults;
}

/** A key that was asked for again after a lost answer made no second notification, and nothing was sent that nobody asked for. */
function identityFaults({ acked, entries, endings }: Evidence): readonly string[] {
  const calls = new Map(acked.map((call) => [call.key, call]));
  const strangers = entries.filter(({ key, delivery }) => calls.get(key)?.delivery !== delivery);
  const answered = new Set(acked.map(({ notification }) => notification));
  const surplus = [...endings.keys()].filter((id) => !answered.has(id));
  return [
    ...strangers.map(({ key, delivery }) => `${delivery} arrived for ${key}, which was answered with another or none`),
    ...surplus.map((id) => `${id} is in the store, and nobody was told of it`),
  ];
}
