import {
  idMint,
  type Logger,
  openDispatcher,
  openKeyring,
  StoreUnavailable,
  startKeyUses,
  startRetention,
  systemClock,
} from '@posthorn/core';
import { openEgress } from '@posthorn/egress';
import { openThreadedStore } from '@posthorn/store-sqlite';
import { openGuesses } from './access/guesses.ts';
import { closeChannels, openChannels } from './accounts.ts';
import { callbackAddresses } from './callbacks/callback-addresses.ts';
import { openCodeKeeping } from './code-keeping.ts';
import type { Config } from './config/config.ts';
import type { DataDirectory } from './data-directory.ts';
import { derivedKey } from './derived-key.ts';
import { httpApp } from './http/app.ts';
import { heldKeys } from './http/auth.ts';
import { clientAddresses, trustedPeers } from './http/client-address.ts';
import { openConnections } from './http/connections.ts';
import { signedCursors } from './http/cursor.ts';
import { openDoor } from './http/door.ts';
import { ratedCallers } from './http/key-rate.ts';
import { notifySchema } from './http/notify-schema.ts';
import { gatewayRoutes, routeText } from './http/routes.ts';
import { listen } from './http/server.ts';
import { storedAddresses } from './http/stored-address.ts';
import { apiViews } from './http/views.ts';
import { limitsByKind, weighedChannels } from './limits/channel-limits.ts';
import { logDeliveries } from './observe/delivery-log.ts';
import { openMetrics } from './observe/metrics.ts';
import { codeNames } from './otp/code-names.ts';
import { otpSchema } from './otp/otp-schema.ts';
import { sealingKeys } from './sealing-keys.ts';
import { watchSuppressions } from './suppressions.ts';
import { unsubscribeLinks } from './unsubscribe/unsubscribe-links.ts';

/** A gateway at work. */
export interface Gateway {
  readonly url: string;
  /** Takes nothing new, finishes or gives back what is under way, closes the store. */
  stop(): Promise<void>;
}

/** What is under way at a stop may take this long before it is aborted: all of a stop has to fit into ten seconds. */
const drainPatienceMs = 7_000;

/** Wires the gateway by hand, from the disk up to the port. */
export async function compose(config: Config, data: DataDirectory, log: Logger): Promise<Gateway> {
  const clock = systemClock();
  const random = Math.random;
  const store = await openThreadedStore({
    path: config.store.path,
    searchKey: derivedKey(data.key, 'search'),
    keys: sealingKeys(config.encryption, data.key),
    now: clock.now(),
  });
  const { outbox, reader, access, accessReader } = store;
  const keyring = openKeyring(data.adminKey.value, store.defaultProject, accessReader.everyKey());
  for (const name of store.migrated) log.info('the store was migrated', { migration: name });
  const codeKeeping = await openCodeKeeping(config.redis, store, { clock, log });
  const { region, timezone } = config.defaults;
  const limits = config.limits.channels;
  const { egress, forbids, close: closeEgress } = openEgress(config.egress);
  const lanes = config.channels.flatMap(({ channel, accounts }) =>
    accounts.map(({ name }) => ({ channel: channel.name, account: name })),
  );
  const addresses = callbackAddresses(derivedKey(data.key, 'callbacks'), lanes, config.server.publicUrl);
  const links = unsubscribeLinks(derivedKey(data.key, 'unsubscribe'), config.server.publicUrl);
  const suppressions = watchSuppressions(outbox, reader, clock);
  const channels = await openChannels(config.channels, {
    outbox,
    clock,
    log,
    egress,
    forbids,
    limits,
    timezone,
    callbackUrlOf: addresses.urlOf,
    unsubscribeUrlOf: links.urlOf,
    keyOf: ({ channel, account }) => derivedKey(data.key, `account ${channel}/${account}`),
    suppressionOf: suppressions.ofClaimed,
  });
  const limitsFor = limitsByKind(channels);
  const dispatcher = openDispatcher({ outbox, channels, clock, random, log });
  logDeliveries(outbox, log);
  const metrics = openMetrics(outbox, reader, () => dispatcher.inFlight());

  let state: 'starting' | 'running' | 'stopping' = 'starting';
  const unready = async (): Promise<string | null> => {
    if (state !== 'running') return `the gateway is ${state}`;
    try {
      await store.probe();
      return await codeKeeping.unready();
    } catch (error) {
      if (error instanceof StoreUnavailable) return error.message;
      throw error;
    }
  };

  const usable = (channel: string, account: string) =>
    dispatcher.gate({ channel, account })?.usable(clock.now()) ?? false;
  const providers = new Map(
    config.channels.flatMap(({ accounts }) => accounts.map(({ lane, kind }) => [lane, kind.name])),
  );
  const { host, port, publicUrl } = config.server;
  const clientAddressOf = clientAddresses(config.server.trustedProxies);
  const routes = gatewayRoutes({
    unready,
    metrics,
    onlyLoopback: isLoopback(host),
    outbox,
    reader,
    access,
    accessReader,
    keyring,
    channels,
    codes: codeKeeping.codes,
    names: codeNames(derivedKey(data.key, 'codes')),
    schema: notifySchema(channels),
    otpSchema: otpSchema(channels),
    submit: {
      channels,
      defaultChannels: config.defaults.channels,
      defaultRegion: region,
      weighed: weighedChannels(channels),
      mint: idMint({ firstPlace: store.firstPlace }),
      usable,
    },
    suppressions,
    limitsFor,
    dryRun: { channels, dispatcher, reader, limitsFor },
    dispatcher,
    providers,
    storedAddress: storedAddresses(channels, region),
    views: apiViews(channels, dispatcher),
    cursors: signedCursors(derivedKey(data.key, 'cursors')),
    addresses,
    callbackUrlOf: addresses.urlOf,
    publicUrl,
    clientAddressOf,
    links,
    region,
    clock,
    log,
  });
  log.debug(`serves ${routes.map(routeText).join(', ')}`);
  const callers = ratedCallers(heldKeys(keyring, openGuesses(log), clientAddressOf, clock), config.limits, clock);
  const connections = openConnections({
    most: config.server.maxConnections,
    perAddress: config.server.maxConnectionsPerAddress,
    isExempt: trustedPeers(config.server.trustedProxies),
  });
  const door = openDoor({ publicUrl, connections, isBehind: store.isBehind });
  const app = httpApp(routes, callers, log, door);
  await dispatcher.start();
  const stopKeyUses = startKeyUses(access, keyring, clock, log);
  const stopRetention = startRetention(outbox, config.retention, clock, log);
  const server = await listen({ app, door, connections }, host, port);
  state = 'running';

  return {
    url: server.url,
    async stop() {
      state = 'stopping';
      stopRetention();
      const closed = server.close();
      await dispatcher.stop(drainPatienceMs);
      await Promise.race([closed, new Promise((resolve) => clock.after(1_000, () => resolve(undefined)))]);
      await closeChannels(channels);
      closeEgress();
      await stopKeyUses();
      codeKeeping.close();
      await store.close();
    },
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}
