import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Channel, jsonSchemaOf, validate } from '@posthorn/core';
import { channelContract, manualClock, recordingLogger, runContract } from '@posthorn/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadChannel } from '../load-channel.ts';
import { scaffoldChannel } from '../scaffold/scaffold.ts';
import { guardedChannel } from './guarded-channel.ts';

const folder = mkdtempSync(join(tmpdir(), 'posthorn-guarded-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function scaffolded(): Promise<Channel> {
  scaffoldChannel({ name: 'fax', dir: folder, version: '0.1.0' });
  const loaded = await loadChannel({ name: 'fax', use: './fax/fax.ts', folder });
  if (!loaded.ok) throw new Error(loaded.failure);
  return loaded.value;
}

function guarded(channel: Channel) {
  const log = recordingLogger();
  return { log, channel: guardedChannel(channel, log, manualClock()) };
}

describe('a channel that keeps the rules keeps them behind the guard', () => {
  runContract(channelContract(), {
    runner: { test: it, skip: it.skip },
    open: async () => ({
      channel: guarded(await scaffolded()).channel,
      addresses: [
        { text: ' Night-Shift ', address: 'night-shift' },
        { text: 'ops1', address: 'ops1' },
      ],
      strangers: ['', 'me', 'someone@example.com'],
      neutral: { title: 'Disk', body: 'It is full' },
      own: { text: 'Disk 1 is full' },
    }),
    close: async () => undefined,
  });

  it('and says nothing in the log', async () => {
    const { channel, log } = guarded(await scaffolded());
    channel.parseAddress('night-shift', { region: null });
    channel.render({ title: 't' }, {});
    expect([channel.maskAddress('night-shift'), channel.flowOf, channel.measure, log.text()]).toEqual([
      'ni***',
      undefined,
      undefined,
      '',
    ]);
  });
});

it('says what a rule says of countries and of opting out', async () => {
  const rules = { regionOf: () => 'NO', optOutOf: () => ({ kind: 'told' as const, more: 1 }) };
  const { channel } = guarded({ ...(await scaffolded()), ...rules });
  expect([channel.regionOf?.('x'), channel.optOutOf?.({}, 'x')]).toEqual(['NO', { kind: 'told' }]);
});

it('rules that are methods keep their this', async () => {
  class Fax {
    readonly stars = '***';
    maskAddress() {
      return this.stars;
    }
  }
  const plain = await scaffolded();
  const { channel } = guarded(Object.setPrototypeOf(new Fax(), plain) as Channel);
  expect(channel.name).toBe('fax');
  const { channel: other } = guarded({ ...plain, maskAddress: Fax.prototype.maskAddress, stars: '**' } as never);
  expect(other.maskAddress('night-shift')).toBe('**');
});

const boom = () => {
  throw new RangeError('to 4711');
};
const fault = { code: 'channel_fault', detail: expect.stringContaining('"fax" failed at this, a fault of its own') };

it.each<[keyof Channel, unknown, (channel: Channel) => unknown, unknown]>([
  ...[
    boom,
    () => null,
    () => ({ ok: true, value: 5 }),
    () => ({ ok: true, value: '' }),
    () => ({ ok: false, failure: {} }),
  ].map((rule): [keyof Channel, unknown, (channel: Channel) => unknown, unknown] => [
    'parseAddress',
    rule,
    (channel) => channel.parseAddress('x', { region: null }),
    { ok: false, failure: fault },
  ]),
  ...[boom, () => 5, (address: string) => `<${address}>`].map(
    (rule): [keyof Channel, unknown, (channel: Channel) => unknown, unknown] => [
      'maskAddress',
      rule,
      (channel) => channel.maskAddress('night-shift'),
      '***',
    ],
  ),
  ...[
    boom,
    () => ({ ok: true }),
    () => ({ ok: true, value: { n: 1n } }),
    () => ({ ok: false, failure: [] }),
    () => ({ ok: true, value: { t: 'x'.repeat(2_000_000) } }),
  ].map((rule): [keyof Channel, unknown, (channel: Channel) => unknown, unknown] => [
    'render',
    rule,
    (channel) => channel.render({ title: 't' }, {}),
    { ok: false, failure: [{ ...fault, pointer: '/content' }] },
  ]),
  ['flowOf', boom, (channel) => channel.flowOf?.('x'), 'fax'],
  ['readReply', boom, (channel) => channel.readReply?.('STOP'), null],
  ['readReply', () => 'stop', (channel) => channel.readReply?.('STOP'), null],
  ['codeContent', boom, (channel) => channel.codeContent?.({ code: '1', text: 't' }), {}],
  ['codeContent', () => 'text', (channel) => channel.codeContent?.({ code: '1', text: 't' }), {}],
  ['measure', boom, (channel) => channel.measure?.({}, 'x'), { parts: 1, detail: 'not measured' }],
  ['regionOf', boom, (channel) => channel.regionOf?.('x'), null],
  ['regionOf', () => 'Norway', (channel) => channel.regionOf?.('x'), null],
  ...[boom, () => null, () => ({ kind: 'perhaps' }), () => ({ kind: 'missing' })].map(
    (rule): [keyof Channel, unknown, (channel: Channel) => unknown, unknown] => [
      'optOutOf',
      rule,
      (channel) => channel.optOutOf?.({}, 'x'),
      { kind: 'unknown', detail: fault.detail },
    ],
  ),
])('%s %o is a fault with a line in the log, which repeats nothing', async (name, rule, ask, answer) => {
  const { channel, log } = guarded({ ...(await scaffolded()), [name]: rule });
  expect(ask(channel)).toEqual(answer);
  expect(log.text()).toMatch(
    new RegExp(`^a rule of a plugin failed \\{"rule":"${name}","error":"\\w+","place":"[^"]+","plugin":"fax"\\}$`),
  );
});

describe('folding', () => {
  const contents = [{ text: 'one' }, { text: 'two' }];
  const twice = (fold: unknown) => guarded({ ...plain, addressNamesAccount: true, fold } as never);
  let plain: Channel;
  beforeAll(async () => {
    plain = await scaffolded();
  });

  it('says what the rule says, as data, and is left out where there is none', () => {
    const fold = (all: readonly { text: string }[]) => ({ text: all.map(({ text }) => text).join(), at: new Date(0) });
    expect(twice(fold).channel.fold?.(contents)).toEqual({ text: 'one,two', at: '1970-01-01T00:00:00.000Z' });
    expect(guarded(plain).channel.fold).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['throws', boom],
    ['answers nothing', () => null],
    ['answers a text', () => 'two'],
    ['answers a list', () => contents],
    ['answers what JSON cannot say', () => ({ n: 1n })],
    ['is asynchronous', async () => boom()],
    ['answers what never comes', () => Object.fromEntries([['then', () => undefined]])],
    ['says something too long', () => ({ t: 'x'.repeat(2_000_000) })],
  ])('that %s fails, which the log says, so that each goes by itself', (_name, fold) => {
    const { channel, log } = twice(fold);
    expect(() => channel.fold?.(contents)).toThrow('a plugin failed to fold');
    expect(log.text()).toMatch(/^a rule of a plugin failed \{"rule":"fold",.*"plugin":"fax"\}$/);
  });

  it('leaves what is then sent one by one as it was', () => {
    const { channel } = twice((all: { text?: string }[]) => {
      delete all[0]?.text;
      return boom();
    });
    expect(() => channel.fold?.(contents)).toThrow('a plugin failed to fold');
    expect(contents).toEqual([{ text: 'one' }, { text: 'two' }]);
  });
});

it.each([
  ['throws', boom],
  ['is asynchronous', async () => boom()],
  ['answers nothing', () => undefined],
  ['has issues that are none', () => ({ issues: 'all' })],
])('a schema that %s refuses, and says whose fault it is', async (_name, check) => {
  const plain = await scaffolded();
  const standard = { ...plain.content['~standard'], validate: check, jsonSchema: { input: boom, output: boom } };
  const { channel } = guarded({ ...plain, content: { '~standard': standard } as never });
  expect(validate(channel.content, {})).toEqual({
    ok: false,
    failure: [{ pointer: '', code: 'invalid', detail: fault.detail }],
  });
  expect(jsonSchemaOf(channel.content)).toEqual({
    type: 'object',
    description: expect.stringContaining('cannot describe'),
  });
});
