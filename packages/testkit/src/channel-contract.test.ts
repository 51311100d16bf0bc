import { type Channel, defineChannel, fail, ok } from '@posthorn/core';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { type ChannelSamples, channelContract } from './channel-contract.ts';

interface Content {
  readonly text: string;
}

const good: Channel<Content> = {
  api: 1,
  name: 'pager',
  addressKey: 'pager',
  maxAddresses: 1,
  content: z.strictObject({ text: z.string().min(1).exactOptional() }),
  retry: { maxAttempts: 3, baseMs: 1_000, capMs: 60_000 },
  sandbox: { '9000001': 'refused' },
  providers: [
    {
      name: 'city',
      settings: z.strictObject({ token: z.string() }),
      secrets: ['token'],
      endpoint: null,
      onUncertain: 'hold',
      open: async () => ({ send: async () => ({ kind: 'accepted', vendorId: null }) }),
    },
  ],
  parseAddress(text) {
    const digits = text.length > 100 ? '' : text.replaceAll(/[\s-]/g, '');
    return /^\d{7}$/.test(digits) ? ok(digits) : fail({ code: 'invalid_pager', detail: 'a pager has seven digits' });
  },
  maskAddress: (address) => `${address.slice(0, 2)}***`,
  render(neutral, own) {
    const text = own.text ?? neutral.body ?? neutral.title ?? '';
    if (text !== '') return ok({ text });
    return fail([{ pointer: '/content', code: 'content_missing', detail: 'a page needs a text' }]);
  },
  measure: () => ({ parts: 1, detail: '1 page' }),
  flowOf: (address) => address.slice(0, 2),
};

const samples = (channel: Channel<Content>): ChannelSamples<Content> => ({
  channel,
  addresses: [
    { text: '555-01 23', address: '5550123' },
    { text: '7770001', address: '7770001' },
  ],
  strangers: ['12', 'seven-digits', '+8613800138000'],
  neutral: { title: 'Hi', body: 'there' },
  own: { text: 'mine' },
});

/** The names of the rules that a channel breaks. */
async function brokenBy(channel: Channel<Content>): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const { name, run } of channelContract<Content>()) {
    try {
      await run(samples(channel));
    } catch {
      broken.push(name);
    }
  }
  return broken;
}

it('a channel that keeps the rules breaks none', async () => {
  expect(await brokenBy(defineChannel(good))).toEqual([]);
});

const boom = () => {
  throw new Error('boom');
};
const anyContent = (validate: (value: unknown) => unknown): Channel<Content>['content'] =>
  ({ '~standard': { ...good.content['~standard'], validate } }) as Channel<Content>['content'];
const [city] = good.providers;

const misbehaviours: readonly (readonly [string, Partial<Channel<Content>>, string])[] = [
  [
    'knows one spelling only',
    {
      parseAddress: (text) =>
        /^\d{7}$/.test(text) ? ok(text) : fail({ code: 'invalid_pager', detail: 'seven digits' }),
    },
    'reads every spelling of an address as the same address',
  ],
  [
    'reads an address in its normal form as another one',
    {
      parseAddress: (text) =>
        /^\d/.test(text) ? ok(`${text.replaceAll(/\D/g, '')}0`) : good.parseAddress(text, { region: null }),
    },
    'leaves an address in its normal form as it is',
  ],
  [
    'takes whatever it gets for an address',
    { parseAddress: (text) => ok(text) },
    'refuses what is no address, without repeating it',
  ],
  [
    'repeats a text that is no address',
    {
      parseAddress: (text) =>
        /^[\d\s-]+$/.test(text)
          ? good.parseAddress(text, { region: null })
          : fail({ code: 'invalid_pager', detail: `${text} is no pager` }),
    },
    'refuses what is no address, without repeating it',
  ],
  [
    'throws on junk',
    { parseAddress: (text) => (text.includes('\u0000') ? boom() : good.parseAddress(text, { region: null })) },
    'never throws on an address, and answers fast',
  ],
  [
    'reads junk differently the second time',
    { parseAddress: (text) => (text === '@' ? ok('@@') : good.parseAddress(text, { region: null })) },
    'never throws on an address, and answers fast',
  ],
  [
    'says nothing useful about an address',
    {
      parseAddress: (text) =>
        /^[\d\s-]+$/.test(text) ? good.parseAddress(text, { region: null }) : fail({ code: 'Bad!', detail: '' }),
    },
    'never throws on an address, and answers fast',
  ],
  ['masks nothing', { maskAddress: (address) => address }, 'masks an address so that it cannot be used'],
  [
    'masks one digit',
    { maskAddress: (address) => `${address.slice(0, -1)}*` },
    'masks an address so that it cannot be used',
  ],
  [
    'masks by adding stars',
    { maskAddress: (address) => `${address}***` },
    'masks an address so that it cannot be used',
  ],
  [
    'throws when it masks',
    { maskAddress: (address) => (address === '' ? boom() : '***') },
    'never throws on an address that it masks',
  ],
  [
    'throws at an empty reply',
    { readReply: (text) => (text === '' ? boom() : null) },
    'never throws on a reply, and knows only two wishes',
  ],
  [
    'makes a wish of its own of a reply',
    { readReply: () => 'stop' as never },
    'never throws on a reply, and knows only two wishes',
  ],
  [
    'shares a lane by something else each time',
    { flowOf: () => String(Math.random()) },
    'shares a lane by a text that an address always has',
  ],
  [
    'lets the neutral content win',
    { render: (neutral, own) => good.render({}, { text: neutral.body ?? own.text ?? '' }) },
    'its own content wins over the neutral one, and renders to data that survives JSON',
  ],
  [
    'renders what JSON loses',
    {
      render: (neutral, own) =>
        own.text === undefined ? good.render(neutral, own) : ok({ text: own.text, at: new Date() }),
    },
    'its own content wins over the neutral one, and renders to data that survives JSON',
  ],
  [
    'changes what it was given',
    {
      render(neutral, own) {
        Object.assign(neutral, { seen: true });
        return good.render(neutral, own);
      },
    },
    'its own content wins over the neutral one, and renders to data that survives JSON',
  ],
  [
    'sends empty messages',
    { render: () => ok({ text: 'mine' }) },
    'says what is missing when there is nothing to send',
  ],
  ...['content', '/contents', '/sms/text', '/content/~2'].map(
    (pointer): [string, Partial<Channel<Content>>, string] => [
      `points at ${pointer}`,
      {
        render(neutral, own) {
          const rendered = good.render(neutral, own);
          return rendered.ok ? rendered : fail([{ pointer, code: 'content_missing', detail: 'a page needs a text' }]);
        },
      },
      'says what is missing when there is nothing to send',
    ],
  ),
  [
    'ignores unknown fields',
    { content: z.object({ text: z.string().optional() }) as never },
    'refuses fields that it does not know',
  ],
  [
    'checks its content later',
    { content: anyContent(async (value) => ({ value })) },
    'its own content wins over the neutral one, and renders to data that survives JSON',
  ],
  [
    'throws on odd content',
    { content: anyContent((value) => (value === null ? boom() : good.content['~standard'].validate(value))) },
    'never throws on content, whatever stands there',
  ],
  [
    'cannot describe its content',
    { content: z.strictObject({ text: z.custom<string>((value) => typeof value === 'string').exactOptional() }) },
    'describes its content and settings as JSON Schema',
  ],
  ['costs nothing', { measure: () => ({ parts: 0, detail: '' }) }, 'measures what it rendered'],
  ['takes a key that means something else', { addressKey: 'recipient' }, 'says of itself what a gateway takes'],
  ['speaks another version', { api: 2 as never }, 'says of itself what a gateway takes'],
  [
    'ignores misspelt settings',
    { providers: city ? [{ ...city, settings: z.object({ token: z.string().optional() }) }] : [] },
    'refuses settings that no provider knows',
  ],
  ['has no magic address', { sandbox: {} }, 'plays sandbox faults on addresses in their normal form'],
  [
    'has a magic address that is none',
    { sandbox: { nobody: 'refused' } },
    'plays sandbox faults on addresses in their normal form',
  ],
];

it.each(misbehaviours)('a channel that %s is caught', async (_misbehaviour, change, rule) => {
  expect(await brokenBy({ ...good, ...change })).toContain(rule);
});

it('every rule is broken by one of them', () => {
  const rules = channelContract().map(({ name }) => name);
  expect(new Set(misbehaviours.map(([, , rule]) => rule))).toEqual(new Set(rules));
});
