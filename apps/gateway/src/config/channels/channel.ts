import { sandboxProvider } from '@posthorn/core';
import type { LoadChannel } from '../../plugins/load-channel.ts';
import type { ChannelConfig } from '../config.ts';
import type { ConfigDocument } from '../document.ts';
import type { Path, Report } from '../problems/problem.ts';
import type { Referenced } from '../references.ts';
import { accountSettings, sharedSettings } from '../schema.ts';
import { type AccountBlock, readAccount } from './account.ts';
import { type RoutedAccount, readRoute, warnOfIdleWeights } from './route.ts';

/** What a channel's block is read with. */
export interface ChannelSurroundings {
  readonly loadChannel: LoadChannel;
  readonly folder: string;
  readonly references: readonly Referenced[];
  readonly placeOf: ConfigDocument['placeOf'];
  readonly report: Report;
}

type Block = Readonly<Record<string, unknown>>;

/** Loads a channel and reads its route and accounts; null when there is nothing to read or load. */
export async function readChannel(
  name: string,
  given: unknown,
  around: ChannelSurroundings,
): Promise<ChannelConfig | null> {
  const block = blockOf(given);
  if (!block) return null;
  const { report } = around;
  const path = ['channels', name];
  const accounts = accountBlocks(name, block, around);
  if (accounts.length === 0 && blockOf(block['accounts'])) {
    report.problem([...path, 'accounts'], 'a channel needs at least one account, for a trial with use: sandbox');
  }
  const routed = accounts.map(routedAccount);
  const route = readRoute(block['route'], [...path, 'route'], routed, report);
  warnOfIdleWeights(block['route'], path, routed, report);
  const use = typeof block['use'] === 'string' ? block['use'] : null;
  const loaded = await around.loadChannel({ name, use, folder: around.folder });
  if (!loaded.ok) {
    report.problem(use === null ? path : [...path, 'use'], loaded.failure);
    return null;
  }
  const channel = loaded.value;
  if (channel.addressNamesAccount === true && block['route'] !== undefined)
    report.warning([...path, 'route'], 'has no effect: the addresses of this channel name their accounts');
  const kinds = [...channel.providers, sandboxProvider(channel.sandbox)];
  const read = accounts.map((account) => readAccount(account, kinds, report)).filter((account) => account !== null);
  return Object.freeze({ channel, use, route, accounts: Object.freeze(read) });
}

/** The accounts in the order of the file, which an object does not keep for names that are numbers. */
function accountBlocks(channel: string, block: Block, around: ChannelSurroundings): readonly AccountBlock[] {
  const parsed = sharedSettings.safeParse(block);
  const shared = parsed.success ? parsed.data : {};
  return Object.entries(blockOf(block['accounts']) ?? {})
    .map(([name, given]) => {
      const path: Path = ['channels', channel, 'accounts', name];
      return { channel, name, path, given: blockOf(given), shared, references: around.references };
    })
    .map((account) => ({ account, place: around.placeOf(account.path) }))
    .sort((a, b) => (a.place && b.place ? a.place.line - b.place.line || a.place.column - b.place.column : 0))
    .map(({ account }) => account);
}

function routedAccount(account: AccountBlock): RoutedAccount {
  const weight = accountSettings.shape.weight.safeParse(account.given?.['weight']);
  return { name: account.name, weight: weight.data ?? null };
}

function blockOf(value: unknown): Block | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Block) : null;
}
