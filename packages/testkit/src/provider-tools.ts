import type { InboxMessage, ProviderTools } from '@posthorn/core';
import { systemClock } from '@posthorn/core';
import { forbidsBeyondLoopback, loopbackEgress } from './loopback-egress.ts';
import { recordingLogger } from './provider-contract.ts';

/** What a gateway lends a provider, for a test: an inbox one can look into and a logger that remembers. */
export interface TestTools extends ProviderTools {
  readonly log: ReturnType<typeof recordingLogger>;
  readonly kept: readonly InboxMessage[];
  readonly reports: readonly unknown[];
}

export function testTools(
  overrides: Partial<
    Pick<
      ProviderTools,
      | 'account'
      | 'endpoint'
      | 'callbackUrl'
      | 'unsubscribeUrl'
      | 'key'
      | 'timeoutMs'
      | 'concurrency'
      | 'clock'
      | 'egress'
      | 'forbids'
    >
  > = {},
): TestTools {
  const kept: InboxMessage[] = [];
  const reports: unknown[] = [];
  return {
    account: 'test',
    endpoint: null,
    callbackUrl: null,
    unsubscribeUrl: null,
    key: new Uint8Array(32).fill(7),
    timeoutMs: 1_500,
    concurrency: 4,
    clock: systemClock(),
    egress: loopbackEgress,
    forbids: forbidsBeyondLoopback,
    ...overrides,
    log: recordingLogger(),
    kept,
    reports,
    inbox: {
      keep: async (message) => {
        kept.push(message);
      },
    },
    report: (delivery, receipt) => void reports.push({ delivery, receipt }),
  };
}
