import { writeFileSync } from 'node:fs';
import type { Channel, Outcome, Provider, ProviderTools, Result, Schema } from '@posthorn/core';
import type { VendorCall, VendorSettings } from './vendor.ts';

/** What the gateway lends a plugin, as far as this one needs it: in its place beside a config file it can import nothing of ours. */
interface Host {
  defineChannel<Content>(channel: Channel<Content>): Channel<Content>;
  ok<Value>(value: Value): Result<Value, never>;
}

/** A channel whose vendor is in the program itself: it answers after some milliseconds, or never, and remembers when it was called. */
// biome-ignore lint/style/noDefaultExport: a plugin is what a file exports by default
export default ({ defineChannel, ok }: Host): Channel<object> =>
  defineChannel<object>({
    api: 1,
    name: 'bench',
    addressKey: 'bench',
    maxAddresses: 1,
    content: anything<object>(),
    retry: { maxAttempts: 5, baseMs: 60_000, capMs: 60_000 },
    sandbox: {},
    providers: [
      {
        name: 'vendor',
        settings: anything<VendorSettings>(),
        secrets: [],
        endpoint: null,
        onUncertain: 'retry',
        open: async (settings: VendorSettings, tools: ProviderTools) => openVendor(settings, tools),
      },
    ],
    parseAddress: (address) => ok(address),
    maskAddress: (address) => address,
    render: (neutral) => ok(neutral),
  });

function openVendor({ answersAfterMs, log }: VendorSettings, { clock }: ProviderTools): Provider<object> {
  const calls: VendorCall[] = [];
  return {
    send({ id, address }, signal) {
      calls.push({ number: Number(/\d+/.exec(address)?.[0]), at: performance.timeOrigin + performance.now() });
      const accepted: Outcome = { kind: 'accepted', vendorId: `bench-${id}` };
      if (answersAfterMs === 0) return Promise.resolve(accepted);
      return new Promise((resolve) => {
        const giveUp = () => resolve({ kind: 'uncertain', code: 'timeout', detail: 'the vendor did not answer' });
        signal.addEventListener('abort', giveUp, { once: true });
        if (answersAfterMs !== 'never') clock.after(answersAfterMs, () => resolve(accepted));
      });
    },
    async close() {
      writeFileSync(log, JSON.stringify(calls));
    },
  };
}

/** A schema that takes what it is given: the bench writes its own settings. */
function anything<Value>(): Schema<Value> {
  return {
    '~standard': {
      version: 1,
      vendor: 'bench',
      validate: (value) => ({ value: value as Value }),
      jsonSchema: { input: () => ({}), output: () => ({}) },
    },
  };
}
