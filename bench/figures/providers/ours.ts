import {
  type Channel,
  deliveryId,
  idMint,
  type OutgoingDelivery,
  type ProviderKind,
  silentLogger,
  systemClock,
} from '@posthorn/core';
import { openEgress } from '@posthorn/egress';
import { type Contender, inFlight } from './race.ts';

const timeoutMs = 15_000;
const manyIds = 4_096;

/** What the gateway would give the provider. */
export interface Sending {
  readonly channel: Pick<Channel, 'name' | 'providers'>;
  readonly provider: string;
  readonly settings: unknown;
  /** Null where the settings name the double themselves. */
  readonly endpoint: string | null;
  readonly address: (number: number) => string;
  readonly content: unknown;
}

/** The provider as the gateway opens and calls it: settings checked, a signal and a delivery of its own for each send. */
export async function ours({
  channel,
  provider: name,
  settings,
  endpoint,
  address,
  content,
}: Sending): Promise<Contender> {
  const kind = channel.providers.find((each) => each.name === name) as ProviderKind | undefined;
  if (kind === undefined) throw new Error(`there is no provider ${name}`);
  const checked = await kind.settings['~standard'].validate(settings);
  if (checked.issues !== undefined)
    throw new Error(`the settings of ${name} are wrong: ${JSON.stringify(checked.issues)}`);
  const clock = systemClock();
  const { egress, forbids, close } = openEgress({ allow: ['127.0.0.0/8'] });
  const provider = await kind.open(checked.value, {
    account: name,
    endpoint: endpoint === null ? null : new URL(endpoint),
    callbackUrl: null,
    unsubscribeUrl: null,
    key: new Uint8Array(32),
    timeoutMs,
    concurrency: inFlight,
    clock,
    log: silentLogger,
    inbox: { keep: () => Promise.resolve() },
    report: () => undefined,
    egress,
    forbids,
  });
  // The gateway has made its ids long before: a few are made here, and used in turn.
  const mint = idMint();
  const notifications = Array.from({ length: manyIds }, () => mint.notification(clock.now()));
  const ids = notifications.map((notification) => ({ notification, id: deliveryId(notification, 1) }));
  return {
    async send(number) {
      const delivery: OutgoingDelivery = {
        ...(ids[number % manyIds] as (typeof ids)[number]),
        channel: channel.name,
        address: address(number),
        content,
        attempt: 1,
        kind: 'transactional',
        priority: 'normal',
        expiresAt: null,
      };
      const outcome = await provider.send(delivery, new AbortController().signal);
      if (outcome.kind !== 'accepted') throw new Error(`${name}: ${JSON.stringify(outcome)}`);
    },
    async close() {
      await provider.close?.();
      close();
    },
  };
}
