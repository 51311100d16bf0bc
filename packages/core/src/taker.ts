import type { Addresses } from './addresses.ts';
import type { Account, ChannelSetup } from './lane.ts';
import type { Kind } from './notification.ts';
import { type AddressProblem, type Problem, pointerOf } from './problem.ts';
import { accountsFor } from './route.ts';

/** Of these accounts, in their order, those that understand an address: all of them where a channel's addresses are of one kind. */
export function takersOf(
  { channel, accounts }: ChannelSetup,
  address: string,
  names: readonly string[],
): readonly string[] {
  if (channel.kindOf === undefined) return names;
  const kind = channel.kindOf(address);
  return names.filter((name) => accounts.get(name)?.takes?.includes(kind) ?? true);
}

/** Whether there are addresses that both accounts understand. */
export function shareAddresses(one: Pick<Account, 'takes'>, other: Pick<Account, 'takes'>): boolean {
  const { takes } = other;
  return takes == null || one.takes == null || one.takes.some((kind) => takes.includes(kind));
}

/** The addresses that a step can send to: those that one of its accounts understands. `chosen` are the step's own accounts. */
export function reachableBy(
  setup: ChannelSetup | undefined,
  chosen: readonly string[] | null,
  kind: Kind,
  addresses: readonly string[],
): readonly string[] {
  if (setup?.channel.kindOf === undefined) return addresses;
  const names = accountsFor(setup.route, kind, chosen, () => 0);
  return addresses.filter((address) => takersOf(setup, address, names).length > 0);
}

/** An address that none of its channel's steps can send to is the caller's to know: dropped in silence, a device would never hear. */
export function strandedAddresses(
  steps: readonly { readonly channel: string; readonly accounts: readonly string[] | null }[],
  given: Addresses,
  kind: Kind,
  channels: ReadonlyMap<string, ChannelSetup>,
): readonly Problem[] {
  // Most channels have addresses of one kind, and this is asked of every request.
  const mixed = [...given].filter(([name]) => channels.get(name)?.channel.kindOf !== undefined);
  return mixed.flatMap(([name, addresses]) => {
    const setup = channels.get(name) as ChannelSetup;
    const { kindOf, addressKey } = setup.channel;
    const planned = steps.filter(({ channel }) => channel === name);
    if (kindOf === undefined || planned.length === 0) return [];
    const reached = new Set(planned.flatMap(({ accounts }) => reachableBy(setup, accounts, kind, addresses)));
    const stranded = addresses.filter((address) => !reached.has(address));
    if (stranded.length === 0) return [];
    const strangeKinds = [...new Set(stranded.map((address) => kindOf(address)))].join(', ');
    const detail = `no account that this may go through takes such an address: ${strangeKinds}`;
    return [{ pointer: pointerOf(['to', addressKey]), code: 'no_account', detail }];
  });
}

/** Finds the addresses to which no account of their step will ever send. */
export function refuseUnsendable(
  steps: readonly { readonly channel: string; readonly accounts: readonly string[] | null }[],
  addresses: Addresses,
  channels: ReadonlyMap<string, ChannelSetup>,
  problems: Problem[],
): void {
  for (const { channel, accounts } of steps) {
    const setup = channels.get(channel);
    if (setup === undefined) continue;
    const names = accounts ?? [...setup.accounts.keys()];
    for (const address of addresses.get(channel) ?? []) {
      const refusal = refusalOf(address, takersOf(setup, address, names), setup);
      if (refusal === null) continue;
      const pointer = pointerOf(['to', setup.channel.addressKey]);
      if (!problems.some((known) => known.pointer === pointer)) problems.push({ pointer, ...refusal });
    }
  }
}

/** What the first account says of an address that all of them refuse; null as soon as one does not, or where there is none. */
function refusalOf(address: string, accounts: readonly string[], setup: ChannelSetup): AddressProblem | null {
  let first: AddressProblem | null = null;
  for (const name of accounts) {
    const refusal = setup.accounts.get(name)?.provider.refuses?.(address) ?? null;
    if (refusal === null) return null;
    first ??= refusal;
  }
  return first;
}
