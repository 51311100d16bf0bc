import {
  type DeliveryId,
  deliveryId,
  idMint,
  type Provider,
  type ProviderKind,
  type ProviderTools,
  type Receipt,
} from '@posthorn/core';
import { manualClock, type TestTools, testTools } from '@posthorn/testkit';
import { describe, expect, it } from 'vitest';
import { guardedKind } from './guarded-kind.ts';

const id = deliveryId(idMint().notification(Date.UTC(2026, 0, 1)), 1);
const accepted = { kind: 'accepted', vendorId: null } as const;

interface Scene {
  readonly clock: ReturnType<typeof manualClock>;
  readonly tools: TestTools;
  readonly received: (readonly [DeliveryId, Receipt])[];
  /** Ends the storing of one receipt. */
  readonly stored: (() => void)[];
  open(how: (tools: ProviderTools) => unknown): Promise<Provider>;
}

function scene(): Scene {
  const clock = manualClock();
  const tools = testTools({ clock, account: 'a' });
  const received: (readonly [DeliveryId, Receipt])[] = [];
  const stored: (() => void)[] = [];
  return {
    clock,
    tools,
    received,
    stored,
    open(how) {
      const kind = {
        name: 'p',
        open: (_settings: unknown, lent: ProviderTools) => how(lent),
      } as unknown as ProviderKind;
      const receive = (delivery: DeliveryId, receipt: Receipt) => {
        received.push([delivery, receipt]);
        return new Promise<void>((resolve) => stored.push(resolve));
      };
      return guardedKind(kind, 'fax', receive).open({}, tools);
    },
  };
}

describe('open()', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'throws at once',
      () => {
        throw new Error('no key file');
      },
      /^no key file$/,
    ],
    ['rejects', () => Promise.reject(new Error('no key file')), /^no key file$/],
    ['gives nothing', () => undefined, /gave no provider/],
    ['gives an object without send', () => ({ sent: true }), /must resolve with an object that has send/],
  ])('that %s says so', async (_name, how, reason) => {
    await expect(scene().open(how)).rejects.toThrow(reason);
  });

  it('that never ends is left after its time', async () => {
    const { clock, open } = scene();
    const opening = open(() => new Promise(() => undefined));
    clock.advance(30_000);
    await expect(opening).rejects.toThrow('open() has not ended within 30 seconds');
  });
});

describe('a provider', () => {
  it('keeps its own this, and only what it can do', async () => {
    const { clock, open } = scene();
    class Vendor {
      readonly #name = 'v';
      async send() {
        return { kind: 'accepted', vendorId: this.#name };
      }
      async lookUp() {
        return { kind: 'absent' };
      }
    }
    const provider = await open(() => new Vendor());
    const delivery = { id } as Parameters<Provider['send']>[0];
    expect(await provider.send(delivery, AbortSignal.timeout(1_000))).toEqual({ kind: 'accepted', vendorId: 'v' });
    expect(await provider.lookUp?.(delivery, AbortSignal.timeout(1_000))).toEqual({ kind: 'absent' });
    expect(provider.readCallback).toBeUndefined();
    await provider.close?.();
    expect(clock.pending()).toBe(0);
  });

  it('says in one of two words what its receipts go by, and is not heard otherwise', async () => {
    const { open } = scene();
    const said = ['vendorId', 'delivery', 'phone', { toString: () => 'vendorId' }, undefined];
    const heard = await Promise.all(said.map(async (receiptsBy) => open(() => ({ send: () => accepted, receiptsBy }))));
    expect(heard.map(({ receiptsBy }) => receiptsBy)).toEqual([
      'vendorId',
      'delivery',
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each<[string, () => unknown, unknown]>([
    ['says why it refuses an address', () => ({ code: 'c', detail: 'd', more: 1 }), { code: 'c', detail: 'd' }],
    ['refuses none', () => null, null],
    [
      'throws',
      () => {
        throw new RangeError('to 4711');
      },
      null,
    ],
    ['answers nonsense', () => true, null],
    ['answers later', async () => ({ code: 'c', detail: 'd' }), null],
  ])('that %s beforehand', async (name, refuses, told) => {
    const { tools, open } = scene();
    const provider = await open(() => ({ send: () => accepted, refuses }));
    expect(provider.refuses?.('4711')).toEqual(told);
    const isFault = /throws|nonsense|later/.test(name);
    expect(tools.log.text()).toMatch(
      isFault ? /^a rule of a plugin failed \{"rule":"refuses",.*"plugin":"fax\/a"\}$/ : /^$/,
    );
    expect(tools.log.text()).not.toContain('4711');
  });

  it('is aborted when the gateway aborts, before or after it began', async () => {
    const { open } = scene();
    const seen: boolean[] = [];
    const provider = await open(() => ({
      send: (_delivery: unknown, signal: AbortSignal) =>
        new Promise((resolve) => {
          seen.push(signal.aborted);
          if (signal.aborted) resolve(accepted);
          else signal.addEventListener('abort', () => resolve(accepted));
        }),
    }));
    const abort = new AbortController();
    const sending = provider.send({} as never, abort.signal);
    abort.abort();
    expect(await sending).toEqual(accepted);
    expect(await provider.send({} as never, abort.signal)).toEqual(accepted);
    expect(seen).toEqual([false, true]);
  });

  it('that never closes is left behind', async () => {
    const { clock, open } = scene();
    const provider = await open(() => ({ send: () => accepted, close: () => new Promise(() => undefined) }));
    const closing = provider.close?.();
    clock.advance(1_000);
    expect(await closing).toBeUndefined();
  });
});

describe('its tools', () => {
  const receipt = { status: 'delivered', code: null, detail: null, at: 5 } as const;
  const lent = async (at: Scene) => {
    let given: ProviderTools | null = null;
    await at.open((tools) => {
      given = tools;
      return { send: () => accepted };
    });
    return given as unknown as ProviderTools;
  };

  it('store some receipts at a time; the others wait for their turn, and what is none is dropped', async () => {
    const at = scene();
    const { report } = await lent(at);
    for (let count = 0; count < 100; count++) report(id, receipt);
    for (const wrong of [null, {}, { status: 'lost' }]) report(id, wrong as never);
    for (const wrong of [null, 'dlv_1', 17]) report(wrong as never, receipt);
    expect(at.received).toHaveLength(64);
    expect(at.tools.log.text().match(/it is no receipt of a delivery/g)).toHaveLength(6);
    for (let count = 0; count < 36; count++) at.stored[count]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(at.received).toHaveLength(100);
    expect(at.received.at(-1)).toEqual([id, receipt]);
  });

  it('never let more than so many receipts wait', async () => {
    const at = scene();
    const { report } = await lent(at);
    for (let count = 0; count < 10_100; count++) report(id, receipt);
    expect(at.tools.log.text().match(/too many wait/g)).toHaveLength(36);
  });

  it('keep messages of that account alone, and nothing that is none', async () => {
    const at = scene();
    const { inbox } = await lent(at);
    const message = {
      delivery: id,
      channel: 'email',
      account: 'box',
      address: '1',
      content: { at: new Date(0) },
      attempt: 0.5,
    };
    await inbox.keep(message as never);
    expect(at.tools.kept).toMatchObject([
      {
        delivery: id,
        channel: 'fax',
        account: 'a',
        address: '1',
        content: { at: '1970-01-01T00:00:00.000Z' },
        attempt: 1,
      },
    ]);
    for (const wrong of [
      null,
      {},
      { ...message, delivery: 'x' },
      { ...message, address: 5 },
      { ...message, content: 10n },
    ])
      await expect(inbox.keep(wrong as never)).rejects.toThrow();
    expect(at.tools.kept).toHaveLength(1);
  });
});
