import type { Logger, Outcome, OutgoingDelivery, ProviderKind } from '@posthorn/core';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type HttpVendor, httpVendorContract } from './plugin/http-vendor.ts';
import { providerContract } from './provider-contract.ts';
import type { DoubleReply } from './vendor-double.ts';

interface Content {
  readonly text: string;
}
interface Settings {
  readonly token: string;
}

const json = (body: object, status = 200): DoubleReply => ({ status, body: JSON.stringify(body) });
const outcomes: Readonly<Record<string, Outcome>> = {
  ok: { kind: 'accepted', vendorId: '17' },
  nobody: { kind: 'refused', because: 'address', code: 'nobody', detail: 'no such pager' },
  words: { kind: 'refused', because: 'content', code: 'words', detail: 'the text is not allowed' },
  token: { kind: 'misconfigured', code: 'token', detail: 'the token is wrong' },
  busy: { kind: 'deferred', scope: 'account', retryAfterMs: 1_000, code: 'busy', detail: 'too many' },
  inside: { kind: 'deferred', scope: 'account', retryAfterMs: null, code: 'inside', detail: 'a fault of the vendor' },
};
const unclear: Outcome = { kind: 'uncertain', code: 'unclear', detail: 'it may have arrived' };
const unsent: Outcome = { ...outcomes['inside'], code: 'no_connection' } as Outcome;

/** How a provider differs from the good one. */
interface Manners {
  readonly key?: (delivery: OutgoingDelivery<Content>) => string;
  /** Beside its one request. */
  readonly before?: (told: Told) => unknown;
  readonly signal?: (given: AbortSignal) => AbortSignal | null;
  readonly reading?: (code: string, told: Told) => Outcome;
  readonly fault?: (error: unknown, usual: Outcome, told: Told) => Outcome;
}
interface Told {
  readonly delivery: OutgoingDelivery<Content>;
  readonly settings: Settings;
  readonly log: Logger;
  ask(): Promise<Response>;
}

function kindOf(manners: Manners = {}): ProviderKind<Content, Settings> {
  return {
    name: 'city',
    settings: z.strictObject({ token: z.string() }),
    secrets: ['token'],
    endpoint: null,
    onUncertain: 'hold',
    open: async (settings, { endpoint, log }) => ({
      async send(delivery, given) {
        const signal = manners.signal ? manners.signal(given) : given;
        const key = manners.key?.(delivery) ?? delivery.id;
        const body = JSON.stringify({ to: delivery.address, ...delivery.content });
        const headers = { authorization: settings.token, 'idempotency-key': key };
        const ask = () => fetch(endpoint ?? '', { method: 'POST', body, headers, redirect: 'error', signal });
        const told = { delivery, settings, log, ask };
        await manners.before?.(told);
        try {
          const response = await ask();
          let text = '';
          for await (const part of response.body ?? []) {
            text += Buffer.from(part).toString();
            if (text.length > 10_000) return unclear;
          }
          const { code } = JSON.parse(text);
          return manners.reading?.(code, told) ?? outcomes[code] ?? unclear;
        } catch (error) {
          const cause = error instanceof Error ? error.cause : null;
          const refused = cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
          const usual = refused ? unsent : unclear;
          return manners.fault?.(error, usual, told) ?? usual;
        }
      },
    }),
  };
}

const vendor = (manners?: Manners): HttpVendor<Content, Settings> => ({
  kind: kindOf(manners),
  settings: { token: 't0k3n/c4n4ry' },
  address: '5550123',
  content: { text: 'w0rds c4n4ry' },
  replies: {
    accepts: json({ code: 'ok' }),
    'refuses-address': json({ code: 'nobody' }),
    'refuses-content': json({ code: 'words' }),
    'rejects-credentials': json({ code: 'token' }, 401),
    throttles: json({ code: 'busy' }, 429),
    'fails-inside': json({ code: 'inside' }, 500),
  },
  keyOf: ({ headers }) => String(headers['idempotency-key']),
  canaries: ['t0k3n/c4n4ry', '5550123', 'w0rds c4n4ry'],
});

/** Which rules it breaks: the cases at once, each with a double of its own, by nothing but a plain loop. Only a good one needs all its time. */
async function brokenBy(manners?: Manners, among?: readonly string[]): Promise<readonly string[]> {
  const { cases, open, close } = httpVendorContract(vendor(manners), manners === undefined ? 1_500 : 700);
  const ruleOf = (name: string) => name.split(':')[0] ?? name;
  const looked = cases.filter(({ name }) => among?.includes(ruleOf(name)) ?? true);
  const tries = looked.map(async ({ name, run }) => {
    const bench = await open();
    try {
      await run(bench);
      return [];
    } catch (error) {
      expect(error, `${name}: a case fails by an assertion or by what the provider threw`).toBeInstanceOf(Error);
      return [ruleOf(name)];
    } finally {
      await close(bench);
    }
  });
  return (await Promise.all(tries)).flat();
}

it('a provider that keeps the rules breaks none', async () => {
  expect(await brokenBy()).toEqual([]);
}, 20_000);

const quietly = async (work: () => Promise<unknown>) => {
  await work().catch(() => null);
};
const everyAnswer = [
  'accepts',
  'refuses-address',
  'refuses-content',
  'rejects-credentials',
  'throttles',
  'fails-inside',
];

describe('a provider is caught that', () => {
  it.each<[string, Manners, readonly string[]]>([
    [
      'calls an error body a success',
      { reading: () => ({ kind: 'accepted', vendorId: null }) },
      ['refuses-address', 'refuses-content', 'rejects-credentials', 'throttles', 'fails-inside'],
    ],
    [
      'calls a lost answer a success',
      { fault: () => ({ kind: 'accepted', vendorId: null }) },
      ['resets-after-body', 'says-html'],
    ],
    [
      'throws for an expected case',
      {
        reading(code) {
          if (code === 'nobody') throw new Error('no such pager');
          return outcomes[code] ?? unclear;
        },
        fault(error) {
          throw error;
        },
      },
      ['refuses-address', 'resets-after-body', 'not-listening'],
    ],
    ['says that nothing was sent when it may have been', { fault: () => unsent }, ['resets-after-body', 'silent']],
    ['says that it may have been sent when nothing was', { fault: () => unclear }, ['not-listening']],
    ['resends inside', { before: ({ ask }) => quietly(ask) }, ['accepts', 'fails-inside']],
    [
      'never asks',
      { signal: () => AbortSignal.abort(), fault: () => ({ kind: 'accepted', vendorId: '1' }) },
      ['accepts'],
    ],
    [
      'ignores abort',
      { signal: () => null },
      ['silent', 'stalls-in-body', 'lets go when it is aborted, and calls the result uncertain'],
    ],
    [
      'waits for ever',
      { before: () => new Promise(() => undefined) },
      ['accepts', 'silent', 'lets go when it is aborted, and calls the result uncertain'],
    ],
    ['logs its secret', { before: ({ log, settings }) => log.debug(`with ${settings.token}`) }, everyAnswer],
    [
      'logs its secret as it stands in a URL',
      { before: ({ log, settings }) => log.info('asks', { url: `/${encodeURIComponent(settings.token)}` }) },
      everyAnswer,
    ],
    ['logs the full address', { before: ({ log, delivery }) => log.info('to', { to: delivery.address }) }, everyAnswer],
    ['prints the text', { before: ({ delivery }) => print(delivery.content.text) }, everyAnswer],
    [
      'puts the address into a detail',
      {
        reading: (code, { delivery }) =>
          code === 'nobody'
            ? { kind: 'refused', because: 'address', code, detail: `there is no ${delivery.address}` }
            : (outcomes[code] ?? unclear),
      },
      ['refuses-address'],
    ],
    [
      'changes its key between attempts',
      { key: ({ id, attempt }) => `${id}-${attempt}` },
      ['uses the same idempotency key for every attempt'],
    ],
    ['has one key for everything', { key: () => 'k' }, ['uses another idempotency key for another delivery']],
    ...[
      { kind: 'refused', because: 'mood', code: 'c', detail: 'd' },
      { kind: 'refused', because: 'address', code: '', detail: 'd' },
      { kind: 'refused', because: 'address', code: 'c', detail: 'd'.repeat(301) },
      { kind: 'refused', because: 'address', code: 'c', detail: 'd', suppress: 'for ever' },
    ].map((outcome): [string, Manners, readonly string[]] => [
      `answers ${JSON.stringify(outcome).slice(0, 60)}`,
      { reading: (code) => (code === 'nobody' ? (outcome as Outcome) : (outcomes[code] ?? unclear)) },
      ['refuses-address'],
    ]),
    [
      'asks to wait for -1 ms',
      {
        reading: (code) =>
          code === 'busy'
            ? { kind: 'deferred', scope: 'account', retryAfterMs: -1, code, detail: 'd' }
            : (outcomes[code] ?? unclear),
      },
      ['throttles'],
    ],
    [
      'bills half a part',
      {
        reading: (code) =>
          code === 'ok' ? { kind: 'accepted', vendorId: null, parts: 0.5 } : (outcomes[code] ?? unclear),
      },
      ['accepts'],
    ],
  ])(
    '%s',
    async (_misbehaviour, manners, rules) => {
      const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
      expect((await brokenBy(manners, rules)).toSorted()).toEqual(rules.toSorted());
      printed.mockRestore();
    },
    20_000,
  );
});

function print(text: string): void {
  Reflect.get(globalThis, 'console').log(text);
}

it.each<[string, Parameters<typeof providerContract>[0], RegExp]>([
  ['nothing', {}, /say nothing of "accepts"/],
  ['no error', { accepts: ['accepted'], silent: ['uncertain'] }, /know no error/],
  [
    'that an error is a success',
    { accepts: ['accepted'], 'refuses-address': ['refused', 'accepted'] },
    /"refuses-address" allow "accepted"/,
  ],
  ['that nothing is right', { accepts: [], 'refuses-address': ['refused'] }, /"accepts" allow nothing/],
])('expectations that say %s are no contract', (_name, expectations, reason) => {
  expect(() => providerContract(expectations)).toThrow(reason);
});
