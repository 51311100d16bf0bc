import type { Channel, ProviderKind, RetentionPolicy, Route } from '@posthorn/core';
import type { RedisPlace } from '@posthorn/store-redis';
import type { Environment } from './environment.ts';
import type { LimitsConfig } from './limits/limits.ts';
import type { Secret } from './secret.ts';

/** The configuration in force: checked, complete, frozen. What the file left out stands here as its default. */
export interface Config {
  /** Null when the gateway runs without a file. */
  readonly file: string | null;
  readonly environment: Environment;
  readonly server: ServerConfig;
  readonly defaults: DefaultsConfig;
  readonly store: { readonly kind: 'sqlite'; readonly path: string };
  /** Where one-time codes are kept; null keeps them in the store. */
  readonly redis: Secret<RedisPlace> | null;
  /** What seals the store, the first above all; empty for the key of the data directory alone. */
  readonly encryption: readonly EncryptionKey[];
  readonly egress: EgressConfig;
  readonly retention: RetentionPolicy;
  /** In the order of the file. */
  readonly channels: readonly ChannelConfig[];
  readonly limits: LimitsConfig;
}

export interface ServerConfig {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly publicUrl: URL | null;
  /** IP addresses and CIDR ranges. */
  readonly trustedProxies: readonly string[];
  /** Open at the same time. */
  readonly maxConnections: number;
  /** Of one address that is no trusted proxy; null for no limit. */
  readonly maxConnectionsPerAddress: number | null;
}

export interface EncryptionKey {
  readonly id: string;
  readonly secret: Secret<string>;
}

interface EgressConfig {
  /** IP addresses and CIDR ranges beside the internet that addresses of callers and vendors may lead to. */
  readonly allow: readonly string[];
}

export interface DefaultsConfig {
  /** ISO 3166-1 alpha-2. */
  readonly region: string | null;
  readonly locale: string;
  readonly timezone: string;
  /** Every name is configured; the order of the file unless it says otherwise. */
  readonly channels: readonly string[];
}

export interface ChannelConfig {
  readonly channel: Channel;
  /** What the file says under `use`; null for a built-in channel. */
  readonly use: string | null;
  /** By the names of the accounts, not by their lanes. */
  readonly route: Route;
  /** In the order of the file. */
  readonly accounts: readonly AccountConfig[];
}

export interface AccountConfig {
  /** Unique within its channel. */
  readonly name: string;
  /** Unique in the gateway: `sms/aliyun-main`. */
  readonly lane: string;
  readonly kind: ProviderKind;
  /** As the provider's own schema gave them; goes to `kind.open`. */
  readonly settings: Secret<unknown>;
  readonly endpoint: URL | null;
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly ratePerSecond: number | null;
  readonly weight: number;
  readonly onUncertain: 'retry' | 'hold';
  /** `endpoint` and the settings as they may be shown to an operator: secrets and references are `***`. */
  readonly shown: Readonly<Record<string, unknown>>;
}
