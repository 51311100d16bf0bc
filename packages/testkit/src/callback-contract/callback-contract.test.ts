import { createHmac } from 'node:crypto';
import { type CallbackReading, type CallbackRequest, deliveryId, fail, idMint, ok } from '@posthorn/core';
import { describe, expect, it } from 'vitest';
import { type CallbackFixture, type CallbackSamples, callbackContract } from './index.ts';
import { callbackRequest } from './request.ts';

const delivery = deliveryId(idMint().notification(Date.UTC(2026, 0, 1)), 1);
const secret = 'SECRETcanary';
const answer = { status: 204, contentType: null, body: '' };

type Read = (request: CallbackRequest) => CallbackReading;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const sign = (body: string | Uint8Array, key: string) => createHmac('sha256', key).update(body).digest('hex');

function parsed(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(utf8.decode(body));
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

/** A vendor that signs its body, and whose account reads it as it should. */
function reader(key: string): Read {
  return ({ headers, body }) => {
    if (headers['x-sign'] !== sign(body, key)) return { kind: 'forged', detail: 'the signature is wrong' };
    return meaning(body);
  };
}

function meaning(body: Uint8Array): CallbackReading {
  const { id, state, at } = parsed(body);
  if (id !== delivery || state !== 'arrived' || typeof at !== 'number')
    return { kind: 'unreadable', detail: 'no report' };
  const receipt = { status: 'delivered', code: null, detail: null, at } as const;
  return {
    kind: 'read',
    answer,
    news: [{ kind: 'receipt', delivery, vendorId: null, receipt, parts: null, part: null, suppress: null }],
  };
}

const body = JSON.stringify({ id: delivery, state: 'arrived', at: 1_767_225_600_000 });
const request = callbackRequest({ url: 'https://p.example/c', headers: { 'X-Sign': sign(body, secret) }, body });
const news = (reader(secret)(request) as CallbackReading & { kind: 'read' }).news;

const samples: CallbackSamples = {
  channel: { parseAddress: (text) => (text.startsWith('@') ? ok(text) : fail({ code: 'x', detail: 'x' })) },
  genuine: [{ name: 'a report', request, signedIn: ['x-sign'], news, answer }],
  forged: [{ name: 'no signature', request: { ...request, headers: {} } }],
  canaries: [secret, delivery],
};

/** The names of the rules that such an account breaks. */
async function broken(read: Read, over: Partial<CallbackSamples> = {}, stranger: Read = reader('another')) {
  const fixture: CallbackFixture = {
    provider: { readCallback: async (one) => read(one) },
    stranger: { readCallback: async (one) => stranger(one) },
    logged: () => '',
  };
  const names: (string | null)[] = [];
  for (const { name, run } of callbackContract({ ...samples, ...over }))
    names.push(
      await run(fixture).then(
        () => null,
        () => name.split(/[:,]/)[0] ?? '',
      ),
    );
  return names.filter((name) => name !== null);
}

const correct = reader(secret);
const changedByte = 'does not believe a signed callback with a byte changed';
const noSignature = 'calls a signed callback forged whose signature is missing';
const otherAccount = 'calls a signed callback forged that is for another account';
const junk = 'cannot read junk';
const notUtf8 = 'cannot read a callback that is not UTF-8';
const anyValue = 'throws at no value';
const discreet = 'repeats nothing confidential in a refusal or in the log';
const genuine = 'reads a report';

describe('the callback contract', () => {
  it('is kept by an account that reads as it should', async () => {
    expect(await broken(correct)).toEqual([]);
  });

  it.each<[string, readonly string[], Read]>([
    ['no signature is looked at', ['calls it forged', changedByte, noSignature], (one) => meaning(one.body)],
    [
      'a missing signature is one',
      ['calls it forged', noSignature],
      (one) => (one.headers['x-sign'] === undefined ? meaning(one.body) : correct(one)),
    ],
    [
      'the answer is another',
      [genuine],
      (one) => {
        const reading = correct(one);
        return reading.kind === 'read' ? { ...reading, answer: { ...answer, status: 200 } } : reading;
      },
    ],
    [
      'the same request is read once only',
      [genuine],
      (() => {
        let times = 0;
        return (one) => {
          times += 1;
          return times > 1 ? { kind: 'unreadable', detail: 'again' } : correct(one);
        };
      })(),
    ],
    [
      'the request is changed',
      [genuine],
      (one) => {
        const reading = correct(one);
        one.body.reverse();
        return reading;
      },
    ],
    [
      'it throws at what is no JSON',
      [junk, notUtf8],
      (one) => {
        JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(one.body));
        return correct(one);
      },
    ],
    [
      'a refusal quotes the body',
      [discreet],
      (one) => {
        const reading = correct(one);
        return reading.kind === 'read' ? reading : { ...reading, detail: new TextDecoder().decode(one.body) };
      },
    ],
  ])('is broken where %s', async (_name, rules, read) => {
    // Some of these change what they get.
    const copy = { ...request, body: Uint8Array.from(request.body) };
    const own = { genuine: [{ ...samples.genuine[0], request: copy } as (typeof samples.genuine)[number]] };
    expect(await broken(read, own)).toEqual(expect.arrayContaining([...rules]));
  });

  it('is broken where what is signed for one account counts for another', async () => {
    expect(await broken(correct, {}, correct)).toEqual([otherAccount]);
  });

  const unsigned: Partial<CallbackSamples> = {
    genuine: [{ ...samples.genuine[0], signedIn: null } as (typeof samples.genuine)[number]],
    forged: [],
  };
  it.each<[string, readonly string[], Read]>([
    ['anything is read', [junk, notUtf8], () => ({ kind: 'read', news, answer })],
    [
      'a value is taken as it comes',
      [anyValue],
      (one) => {
        const { at } = parsed(one.body);
        const reading = meaning(one.body);
        const receipt = { status: 'delivered', code: null, detail: null, at: at as number } as const;
        return reading.kind === 'read' || at === undefined
          ? reading
          : {
              ...{ kind: 'read', answer },
              news: [{ kind: 'receipt', delivery, vendorId: null, receipt, parts: null, part: null, suppress: null }],
            };
      },
    ],
    [
      'an address is not in its normal form',
      [genuine, anyValue],
      (one) => {
        const reading = meaning(one.body);
        return reading.kind === 'read'
          ? { ...reading, news: [{ kind: 'reply', from: 'someone', text: 'STOP', at: 1 }] }
          : reading;
      },
    ],
  ])('is broken where %s, though nothing is signed', async (_name, rules, read) => {
    const found = await broken(read, unsigned);
    expect(found).toEqual(expect.arrayContaining([...rules]));
  });

  it('has no rules of signatures for a vendor that signs nothing', () => {
    const names = callbackContract({ ...samples, ...unsigned }).map(({ name }) => name);
    expect(names).not.toContain(changedByte);
    expect(names).toHaveLength(callbackContract(samples).length - 4);
  });

  it('proves nothing without a genuine callback', () => {
    expect(() => callbackContract({ ...samples, genuine: [] })).toThrow('needs a genuine callback');
  });
});
