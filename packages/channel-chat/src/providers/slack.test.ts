import { type DoubleReply, providerContract, runContract, testTools, vendorDouble } from '@posthorn/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { bench, closeAll, expectations, play, type Stage, send } from '../../doubles/robot-stage.ts';
import type { Content } from '../content.ts';
import { slack } from './slack.ts';

const path = '/services/T000/B000/XXXc4n4ry';
const text = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): DoubleReply => ({
  status,
  body,
  headers: { 'content-type': 'text/html', ...headers },
});

const stage: Stage<{ url: string }> = {
  kind: slack,
  settings: { url: `https://hooks.slack.com${path}` },
  // No signature: who knows the path may send.
  admits: ({ url, headers }) => url === path && String(headers['content-type']).startsWith('application/json'),
  rejection: text(404, 'no_service'),
  replies: {
    accepts: text(200, 'ok'),
    'refuses-content': text(400, 'invalid_payload'),
    throttles: text(429, 'rate_limited', { 'retry-after': '30' }),
    'fails-inside': text(500, 'rollup_error'),
  },
  canaries: [path],
};
const { accepts } = stage.replies;

afterEach(closeAll);

describe('slack keeps the contract of a provider', () => {
  runContract(providerContract<Content>(expectations), {
    runner: { test: it, skip: it.skip },
    open: async () => bench(stage),
    close: closeAll,
  });
});

describe('slack says', () => {
  const said = async (content: Content) => {
    const { provider, bodies } = await play(stage, accepts);
    expect(await send(provider, content)).toEqual({ kind: 'accepted', vendorId: null });
    return bodies()[0];
  };

  it('plain text as it is, without markup and calling nobody', async () => {
    expect(await said({ title: 'A & B', text: '<!channel> *full*', url: 'https://a.example/?a=1&b=2' })).toEqual({
      text: 'A &amp; B\n&lt;!channel&gt; *full*\nhttps://a.example/?a=1&amp;b=2',
      mrkdwn: false,
    });
  });

  it('its own markup, with who is mentioned', async () => {
    expect(await said({ title: 'Disk', markdown: '*full* <@U2>', mentions: { users: ['U1'], all: true } })).toEqual({
      text: '*Disk*\n*full* <@U2>\n<@U1> <!channel>',
    });
  });

  it('of a long text what has room, and never half an escape', async () => {
    const body = await said({ title: 'T', text: '&&&& '.repeat(10_000), url: 'https://a.example' });
    const shown = String(body?.['text']);
    expect(shown).toMatch(/^T\n&amp;.*&amp;\n… \[\d+ more characters\]\nhttps:\/\/a\.example$/s);
    expect(shown.replaceAll('&amp;', '')).not.toContain('&');
    expect(shown.length).toBeLessThanOrEqual(40_000);
    expect(shown.length).toBeGreaterThan(39_500);
  });

  it('nothing to a phone number', async () => {
    const { double, provider } = await play(stage, accepts);
    const content = { text: 'x', mentions: { phones: ['13800001111'] } };
    expect(await send(provider, content)).toMatchObject({ kind: 'refused', code: 'mentions_unsupported' });
    expect(double.requests).toHaveLength(0);
  });
});

it('slack has got nothing over a line that never became secure', async () => {
  const double = await vendorDouble({ reply: () => accepts });
  const provider = await slack.open({ url: `https://127.0.0.1:${double.port}${path}` }, testTools());
  expect(await send(provider)).toMatchObject({ kind: 'deferred', scope: 'account', code: 'no_connection' });
  expect(double.requests).toHaveLength(0);
  await double.close();
});

it('slack is not asked after its time', async () => {
  const { double, provider } = await play(stage, accepts);
  expect(await send(provider, { text: 'late' }, AbortSignal.abort())).toMatchObject({
    kind: 'deferred',
    code: 'aborted',
  });
  expect(double.requests).toHaveLength(0);
});

it('slack ends an answer without end by its length, not by its time', async () => {
  const { provider } = await play(stage, { fault: 'huge' });
  expect(await send(provider)).toMatchObject({ kind: 'uncertain', code: 'unreadable_answer' });
});

it.each<[string, DoubleReply, object]>([
  ['a wait', text(429, '', { 'retry-after': '30' }), { kind: 'deferred', scope: 'account', retryAfterMs: 30_000 }],
  ['a wait of no length', text(429, ''), { kind: 'deferred', retryAfterMs: null }],
  ['a missing text', text(400, 'no_text'), { kind: 'refused', because: 'content', code: 'no_text' }],
  ['a prohibition', text(403, 'action_prohibited'), { kind: 'misconfigured' }],
  ['a removed webhook', text(404, 'no_service'), { kind: 'misconfigured' }],
  ['a removed channel', text(404, 'channel_not_found'), { kind: 'misconfigured' }],
  ['an archive', text(410, 'channel_is_archived'), { kind: 'misconfigured', code: 'channel_is_archived' }],
  ['a fault inside', text(500, 'rollup_error'), { kind: 'deferred' }],
  ['an unknown word', text(400, 'brand_new'), { kind: 'refused', code: 'brand_new' }],
  ['an unknown word in a fault', text(503, 'brand_new'), { kind: 'deferred' }],
  ['another page with HTTP 200', text(200, '<html>ok</html>'), { kind: 'uncertain', code: 'unreadable_answer' }],
  ['a redirect, which it does not follow', text(302, '', { location: '/elsewhere' }), { kind: 'uncertain' }],
])('slack understands %s', async (_name, reply, outcome) => {
  const { double, provider } = await play(stage, reply);
  expect(await send(provider)).toMatchObject(outcome);
  expect(double.requests).toHaveLength(1);
});
