import { manualClock } from '@posthorn/testkit';
import { describe, expect, it } from 'vitest';
import { pass } from '../doubles/dispatcher-stage.ts';
import type { CallbackRequest } from './callback.ts';
import { readCallback } from './callback-reading.ts';
import { deliveryId, idMint } from './ids.ts';
import type { Provider } from './provider.ts';

const now = 1_000_000;
const delivery = deliveryId(idMint().notification(now), 1);
const request: CallbackRequest = {
  method: 'POST',
  url: new URL('https://n.example.com/callbacks/a/t'),
  headers: {},
  body: new Uint8Array(),
  receivedAt: now,
};
const answer = { status: 200, contentType: 'application/json', body: '{"code":0}' };
const receipt = { status: 'delivered', code: 'DELIVRD', detail: null, at: 5 };
const news = {
  kind: 'receipt',
  delivery,
  vendorId: 'v',
  receipt,
  parts: 2,
  part: { number: 1, total: 2 },
  suppress: null,
};

/** Reads what a provider of that opinion returns; it may be anything. */
function read(reading: unknown) {
  const provider = { readCallback: async () => reading } as unknown as Provider;
  return readCallback(provider, request, { timeoutMs: 100, stop: new AbortController().signal, clock: manualClock() });
}

describe('readCallback', () => {
  it.each([
    { kind: 'read', news: [], answer },
    { kind: 'read', news: [news], answer: { status: 204, contentType: null, body: '' } },
    {
      kind: 'read',
      news: [
        { kind: 'reply', from: '+8613800138000', text: 'TD', at: 5 },
        { kind: 'objection', address: 'a@b.example', because: 'complaint', detail: 'abuse', at: 5 },
      ],
      answer,
    },
    { kind: 'forged', detail: 'no signature' },
    { kind: 'unreadable', detail: 'no JSON' },
  ])('believes %j', async (reading) => {
    expect(await read(reading)).toEqual(reading);
  });

  it.each([
    ['nothing', null],
    ['a text', 'read'],
    ['another kind', { kind: 'unknown' }],
    ['no answer', { kind: 'read', news: [] }],
    ['an answer without a status', { kind: 'read', news: [], answer: { ...answer, status: 'ok' } }],
    ['an answer that breaks the header', { kind: 'read', news: [], answer: { ...answer, contentType: 'a\r\nb: c' } }],
    ['an endless answer', { kind: 'read', news: [], answer: { ...answer, body: 'x'.repeat(70_000) } }],
    ['no list', { kind: 'read', news: {}, answer }],
    ['too much', { kind: 'read', news: Array.from({ length: 20_001 }, () => news), answer }],
    ['one bad piece among good ones', { kind: 'read', news: [news, { kind: 'gossip' }, news], answer }],
    ['a receipt without a status', { kind: 'read', news: [{ ...news, receipt: { status: 'maybe' } }], answer }],
    ['a part beyond the total', { kind: 'read', news: [{ ...news, part: { number: 3, total: 2 } }], answer }],
    ['a thousand parts', { kind: 'read', news: [{ ...news, part: { number: 1, total: 1_000 } }], answer }],
    ['a strange wish', { kind: 'read', news: [{ ...news, suppress: 'forever' }], answer }],
    [
      'an objection of nobody',
      { kind: 'read', news: [{ kind: 'objection', address: '', because: 'complaint' }], answer },
    ],
  ])('takes %s for a provider that is broken', async (_name, reading) => {
    expect((await read(reading)).kind).toBe('broken');
  });

  it('keeps what is too long short, and what lies ahead at now', async () => {
    const long = {
      ...news,
      vendorId: 'v'.repeat(1_000),
      receipt: { ...receipt, detail: 'd'.repeat(1_000), at: now + 5 },
    };
    const found = await read({ kind: 'read', news: [long], answer });
    expect(found).toMatchObject({ kind: 'read', news: [{ receipt: { at: now } }] });
    const [only] = found.kind === 'read' ? found.news : [];
    const lengths = only?.kind === 'receipt' ? [only.vendorId?.length, only.receipt.detail?.length] : [];
    expect(lengths).toEqual([300, 300]);
  });

  it('takes what is no id of ours for none, and what is no count of parts for unsaid', async () => {
    const found = await read({
      kind: 'read',
      news: [{ ...news, delivery: 'dlv_1', parts: 0.5, vendorId: '' }],
      answer,
    });
    expect(found).toMatchObject({ kind: 'read', news: [{ delivery: null, vendorId: null, parts: null }] });
  });

  it.each([
    ['throws at once', () => { throw new TypeError('a bug'); }],
    ['throws later', () => Promise.reject(new TypeError('a bug'))],
    ['returns what throws when it is looked at', () => Promise.resolve({ get kind() { throw new TypeError('a trap'); } })],
  ])('outlives a provider that %s', async (_name, readIt) => {
    const tools = { timeoutMs: 100, stop: new AbortController().signal, clock: manualClock() };
    const found = await readCallback({ readCallback: readIt } as unknown as Provider, request, tools);
    expect(found).toEqual({ kind: 'broken', detail: 'the provider threw TypeError' });
  }); // biome-ignore format: a list

  it('waits no longer than its time, and aborts', async () => {
    const clock = manualClock();
    let aborted = false;
    const provider: Pick<Provider, 'readCallback'> = {
      readCallback: (_request, signal) => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        return new Promise(() => {});
      },
    };
    const reading = readCallback(provider as Provider, request, {
      timeoutMs: 5_000,
      stop: new AbortController().signal,
      clock,
    });
    await pass(clock, 4_999);
    expect(aborted).toBe(false);
    await pass(clock, 1_000);
    expect(aborted).toBe(true);
    expect(await reading).toEqual({ kind: 'broken', detail: 'the provider did not read it in time' });
    expect(clock.pending()).toBe(0);
  });
});
