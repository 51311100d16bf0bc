import type { Clock, Logger, Provider, ProviderKind } from '@posthorn/core';
import { boundedLog } from './bounded-log.ts';
import { asPlugin, faultOf } from './fault-watch.ts';
import { problemOf } from './guarded-channel.ts';
import { lentTools, type ReceiveReceipt } from './lent-tools.ts';

const openPatienceMs = 30_000;
const closePatienceMs = 1_000;

/** A stranger's vendor: its accounts open within a time and close within one, with tools that have bounds. */
export function guardedKind(kind: ProviderKind, channel: string, receive: ReceiveReceipt): ProviderKind {
  return {
    ...kind,
    async open(settings, tools) {
      const { account, clock } = tools;
      const plugin = `${channel}/${account}`;
      const opening = asPlugin(plugin, async () => kind.open(settings, lentTools(tools, plugin, channel, receive)));
      const opened = await within(opening, openPatienceMs, clock, () => {
        throw new Error('open() has not ended within 30 seconds');
      });
      if (typeof (opened as Partial<Provider> | null | undefined)?.send !== 'function')
        throw new Error('open() gave no provider: it must resolve with an object that has send()');
      return guardedProvider(opened, plugin, clock, boundedLog(tools.log, plugin, clock));
    },
  };
}

function guardedProvider(provider: Provider, plugin: string, clock: Clock, log: Logger): Provider {
  /** With a signal of its own: the listeners of another one would run under nobody's name. */
  const inside = async <Answer>(
    signal: AbortSignal,
    ask: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> => {
    const abort = new AbortController();
    const pass = () => asPlugin(plugin, () => abort.abort(signal.reason));
    if (signal.aborted) pass();
    else signal.addEventListener('abort', pass, { once: true });
    try {
      return await asPlugin(plugin, () => ask(abort.signal));
    } finally {
      signal.removeEventListener('abort', pass);
    }
  };
  const { lookUp, readCallback, refuses, receiptsBy } = provider;
  return {
    ...((receiptsBy === 'delivery' || receiptsBy === 'vendorId') && { receiptsBy }),
    send: (delivery, signal) => inside(signal, (own) => provider.send(delivery, own)),
    // One that fails at it refuses nothing: what its `send` then says is told of the delivery.
    ...(refuses && {
      refuses: (address) => {
        try {
          const refusal: unknown = asPlugin(plugin, () => refuses.call(provider, address));
          return refusal === null ? null : problemOf(refusal);
        } catch (error) {
          log.error('a rule of a plugin failed', { rule: 'refuses', ...faultOf(error) });
          return null;
        }
      },
    }),
    ...(lookUp && { lookUp: (delivery, signal) => inside(signal, (own) => lookUp.call(provider, delivery, own)) }),
    ...(readCallback && {
      readCallback: (request, signal) => inside(signal, (own) => readCallback.call(provider, request, own)),
    }),
    async close() {
      const closing = asPlugin(plugin, async () => provider.close?.());
      await within(closing, closePatienceMs, clock, () => undefined);
    },
  };
}

/** The work's result, or what `late` says once its time is over; the work itself is left behind then. */
function within<Value>(work: Promise<Value>, ms: number, clock: Clock, late: () => Value): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => {
      try {
        resolve(late());
      } catch (error) {
        reject(error);
      }
    });
    work.then(resolve, reject).finally(cancel);
  });
}
