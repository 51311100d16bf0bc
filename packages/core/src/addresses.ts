import type { AddressHints } from './channel.ts';
import type { ChannelSetup } from './lane.ts';
import { type AddressProblem, type Problem, pointerOf } from './problem.ts';
import { fail, type Result } from './result.ts';

/** Normal forms by channel. A channel the caller named no address for is not in it. */
export type Addresses = ReadonlyMap<string, readonly string[]>;

/** Reads what a request says under `to`, by the channels' address keys, each address once. */
export function readAddresses(
  to: Readonly<Record<string, string | readonly string[]>>,
  channels: ReadonlyMap<string, ChannelSetup>,
  hints: AddressHints,
  problems: Problem[],
): Addresses {
  const found = new Map<string, readonly string[]>();
  for (const setup of channels.values()) {
    const { name, addressKey } = setup.channel;
    const given = to[addressKey];
    if (given === undefined) continue;
    const normal: string[] = [];
    const spellings = typeof given === 'string' ? [given] : given;
    spellings.forEach((text, place) => {
      const parsed = readAddress(text, setup, hints);
      if (parsed.ok) {
        normal.push(parsed.value);
        return;
      }
      const pointer = pointerOf(['to', addressKey, ...(spellings === given ? [place] : [])]);
      // Channels that share an address key, as text and voice do, need not say the same twice.
      if (!problems.some((known) => known.pointer === pointer && known.code === parsed.failure.code))
        problems.push({ pointer, ...parsed.failure });
    });
    found.set(name, normal.length > 1 ? [...new Set(normal)] : normal);
  }
  return found;
}

/** The account that a channel's address names, as the accounts of a step; null where addresses name none, or there is none. */
export function accountsNamed(setup: ChannelSetup | undefined, addresses: Addresses): readonly string[] | null {
  if (setup?.channel.addressNamesAccount !== true) return null;
  const named = addresses.get(setup.channel.name) ?? [];
  return named.length === 0 ? null : named;
}

function readAddress(
  text: string,
  { channel, accounts }: ChannelSetup,
  hints: AddressHints,
): Result<string, AddressProblem> {
  const parsed = channel.parseAddress(text, hints);
  if (channel.addressNamesAccount !== true || !parsed.ok || accounts.has(parsed.value)) return parsed;
  return fail({ code: 'unknown_account', detail: `the channel ${channel.name} has no account of this name` });
}
