import type {
  Account,
  ChannelSetup,
  Clock,
  Egress,
  EgressRule,
  Lane,
  Logger,
  Outbox,
  Provider,
  ProviderTools,
} from '@posthorn/core';
import type { AccountConfig, ChannelConfig } from './config/config.ts';
import type { ChannelLimitsConfig } from './config/limits/limits.ts';
import { boundsOf, limitsOf } from './limits/channel-limits.ts';
import { guardedChannel } from './plugins/isolation/guarded-channel.ts';
import { guardedKind } from './plugins/isolation/guarded-kind.ts';
import type { ReceiveReceipt } from './plugins/isolation/lent-tools.ts';
import type { UnsubscribeLinks } from './unsubscribe/unsubscribe-links.ts';

export interface AccountTools {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
  readonly egress: Egress;
  readonly forbids: EgressRule;
  /** Where an account's vendor reports; null without a public URL. */
  callbackUrlOf(lane: Lane): URL | null;
  readonly suppressionOf: NonNullable<ChannelSetup['suppressionOf']>;
  /** What the operator allows, by channel. */
  readonly limits: ReadonlyMap<string, ChannelLimitsConfig>;
  /** Whose days and hours count where a recipient's are not known. */
  readonly timezone: string;
  /** A link by which the receiver of a delivery gets no more like it; null without an https address of our own. */
  readonly unsubscribeUrlOf: UnsubscribeLinks['urlOf'];
  /** A secret of one account. */
  keyOf(lane: Lane): Buffer;
}

/** Every channel with its accounts connected, in the order of the config. */
export async function openChannels(
  configured: readonly ChannelConfig[],
  tools: AccountTools,
): Promise<ReadonlyMap<string, ChannelSetup>> {
  const setups = configured.map(async (each): Promise<readonly [string, ChannelSetup]> => {
    const { channel, use, route, accounts } = each;
    const { name } = channel;
    // What a stranger wrote is kept to its own accounts; what comes with the gateway is tested with it.
    const guard = use === null ? null : name;
    const opened = await Promise.all(accounts.map((account) => openAccount(each, account, guard, tools)));
    const rules = guard === null ? channel : guardedChannel(channel, tools.log, tools.clock);
    const bounds = boundsOf({ ...each, channel: rules }, tools.limits.get(name), tools.timezone);
    const byName = new Map(opened.map((account) => [account.account, account]));
    const { suppressionOf } = tools;
    return [name, { channel: rules, route, accounts: byName, suppressionOf, ...(bounds !== null && { bounds }) }];
  });
  return new Map(await Promise.all(setups));
}

export async function closeChannels(channels: ReadonlyMap<string, ChannelSetup>): Promise<void> {
  const accounts = [...channels.values()].flatMap((setup) => [...setup.accounts.values()]);
  await Promise.allSettled(accounts.map(async ({ provider }) => provider.close?.()));
}

async function openAccount(
  of: ChannelConfig,
  config: AccountConfig,
  guard: string | null,
  tools: AccountTools,
): Promise<Account> {
  const channel = of.channel.name;
  const { name, kind, timeoutMs, concurrency, ratePerSecond, onUncertain } = config;
  const provider = await connect(channel, config, guard, tools);
  return {
    channel,
    account: name,
    provider,
    timeoutMs,
    concurrency,
    ratePerSecond,
    onUncertain,
    quotas: [...(kind.quotas ?? []), ...limitsOf(of, config, tools.limits.get(channel), tools.timezone)],
    receiptsBy: provider.receiptsBy ?? kind.receiptsBy ?? 'delivery',
    takes: kind.takes ?? null,
  };
}

async function connect(
  channel: string,
  config: AccountConfig,
  guard: string | null,
  tools: AccountTools,
): Promise<Provider> {
  const { name, lane, kind, settings, endpoint, timeoutMs, concurrency } = config;
  const { outbox, clock, log, egress, forbids, unsubscribeUrlOf } = tools;
  const own: Lane = { channel, account: name };
  const receive: ReceiveReceipt = async (delivery, receipt) => {
    try {
      await outbox.receive({ delivery, receipt, now: clock.now() });
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      log.error('a receipt could not be stored', { delivery, error: reason });
    }
  };
  const lent: ProviderTools = {
    account: name,
    endpoint,
    callbackUrl: tools.callbackUrlOf(own),
    unsubscribeUrl: unsubscribeUrlOf && ((delivery, address) => unsubscribeUrlOf({ lane: own, delivery, address })),
    key: tools.keyOf(own),
    timeoutMs,
    concurrency,
    clock,
    log,
    inbox: { keep: (message) => outbox.keep({ ...message, at: clock.now() }) },
    egress,
    forbids,
    report: (delivery, receipt) => void receive(delivery, receipt),
  };
  try {
    const opening = guard === null ? kind : guardedKind(kind, guard, receive);
    return await opening.open(settings.reveal(), lent);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the account ${lane} cannot be opened: ${reason}`, { cause: error });
  }
}
