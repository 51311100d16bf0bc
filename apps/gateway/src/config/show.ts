import { stringify } from 'yaml';
import type { AccountConfig, ChannelConfig, Config } from './config.ts';
import { shownLimits } from './limits/show.ts';
import { mask } from './secret.ts';
import { durationText, rateText } from './units.ts';

/** The effective configuration as plain data in the shape of the file, every default filled in and every secret `***`. */
export function shownConfig(config: Config): Readonly<Record<string, unknown>> {
  const { environment, server, defaults, store, redis, encryption, egress, retention } = config;
  return {
    file: config.file,
    environment: {
      dataDir: environment.dataDir,
      adminKey: environment.adminKey === null ? null : mask,
      logLevel: environment.logLevel,
      logFormat: environment.logFormat,
    },
    server: { ...server, publicUrl: server.publicUrl?.href ?? null },
    defaults,
    store,
    ...(redis !== null && { redis: { url: mask } }),
    ...(encryption.length > 0 && { encryption: { keys: encryption.map(({ id }) => ({ id, secret: mask })) } }),
    egress,
    retention: {
      content: durationText(retention.contentMs),
      metadata: durationText(retention.metadataMs),
      idempotency: durationText(retention.idempotencyMs),
    },
    channels: Object.fromEntries(config.channels.map((entry) => [entry.channel.name, shownChannel(entry)])),
    limits: shownLimits(config.limits),
  };
}

/** The same as text, for a terminal or a program. */
export function configText(config: Config, format: 'yaml' | 'json'): string {
  const shown = shownConfig(config);
  if (format === 'json') return `${JSON.stringify(shown, null, 2)}\n`;
  return stringify(shown, { aliasDuplicateObjects: false, lineWidth: 120 });
}

function shownChannel({ use, route, accounts }: ChannelConfig): Readonly<Record<string, unknown>> {
  return {
    ...(use !== null && { use }),
    route,
    accounts: Object.fromEntries(accounts.map((account) => [account.name, shownAccount(account)])),
  };
}

function shownAccount(account: AccountConfig): Readonly<Record<string, unknown>> {
  return {
    use: account.kind.name,
    ...account.shown,
    timeout: durationText(account.timeoutMs),
    concurrency: account.concurrency,
    ...(account.ratePerSecond !== null && { rate: rateText(account.ratePerSecond) }),
    weight: account.weight,
    onUncertain: account.onUncertain,
  };
}
