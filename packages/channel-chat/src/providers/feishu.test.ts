import { createHmac } from 'node:crypto';
import { type DoubleReply, manualClock, providerContract, runContract, type SeenRequest } from '@posthorn/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { bench, closeAll, expectations, json, now, play, type Stage, send } from '../../doubles/robot-stage.ts';
import type { Content } from '../content.ts';
import { feishu } from './feishu.ts';

const secret = 'demo-c4n4ry';
const path = '/open-apis/bot/v2/hook/hook-c4n4ry';
const bad = (code: number, status = 200, headers = {}) => json({ code, msg: 'c4n4ry', data: {} }, status, headers);

/** As the vendor does: nothing signed with the moment and the secret as the key, the moment a text in seconds, within an hour. */
function signs({ body }: SeenRequest, at: number): boolean {
  const { timestamp, sign } = JSON.parse(body.toString()) as Record<string, unknown>;
  if (typeof timestamp !== 'string' || !/^\d{10}$/.test(timestamp)) return false;
  const expected = createHmac('sha256', `${timestamp}\n${secret}`).digest('base64');
  return sign === expected && Math.abs(at / 1_000 - Number(timestamp)) < 3_600;
}

const stage: Stage<{ url: string; secret?: string | undefined }> = {
  kind: feishu,
  settings: { url: `https://open.feishu.cn${path}`, secret },
  admits: (request, at) => request.url === path && signs(request, at),
  rejection: bad(19021),
  replies: {
    accepts: json({ code: 0, msg: 'success', StatusCode: 0, StatusMessage: 'success', data: {} }),
    'refuses-content': bad(19024),
    throttles: bad(99991400, 429, { 'x-ogw-ratelimit-reset': '7' }),
    'fails-inside': bad(123456, 500),
  },
  canaries: [secret, path],
};
const { accepts } = stage.replies;

afterEach(closeAll);

describe('feishu keeps the contract of a provider', () => {
  runContract(providerContract<Content>(expectations), {
    runner: { test: it, skip: it.skip },
    open: async () => bench(stage),
    close: closeAll,
  });
});

describe('feishu signs', () => {
  it('as a signature of another program is', async () => {
    const { provider, bodies } = await play({ ...stage, admits: () => true }, accepts, {
      settings: { ...stage.settings, secret: 'demo' },
      clock: manualClock(1_599_360_473_999),
    });
    expect(await send(provider, { text: 'hi' })).toEqual({ kind: 'accepted', vendorId: null });
    expect(bodies()).toEqual([
      {
        timestamp: '1599360473',
        sign: 'l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=',
        msg_type: 'text',
        content: { text: 'hi' },
      },
    ]);
  });

  it('so that a wrong secret and a wrong clock are turned away', async () => {
    const wrong = await play(stage, accepts, { settings: { ...stage.settings, secret: 'other' } });
    expect(await send(wrong.provider)).toMatchObject({ kind: 'misconfigured', code: '19021' });
    const right = await play(stage, accepts);
    await send(right.provider);
    const [request] = right.double.requests as [SeenRequest];
    expect([stage.admits(request, now), stage.admits(request, now + 7_200_000)]).toEqual([true, false]);
  });

  it('only with a secret', async () => {
    const { provider, bodies } = await play({ ...stage, admits: () => true }, accepts, {
      settings: { url: stage.settings.url },
    });
    await send(provider, { text: 'hi' });
    expect(bodies()).toEqual([{ msg_type: 'text', content: { text: 'hi' } }]);
  });
});

describe('feishu says', () => {
  const said = async (content: Content) => {
    const { provider, bodies } = await play(stage, accepts);
    expect(await send(provider, content)).toMatchObject({ kind: 'accepted' });
    const { timestamp: _moment, sign: _sign, ...rest } = bodies()[0] ?? {};
    return rest;
  };

  it('plain text, with who is mentioned', async () => {
    const mentions = { all: true, users: ['ou_1'] };
    expect(await said({ title: 'Disk', text: 'Full', url: 'https://a.example', mentions })).toEqual({
      msg_type: 'text',
      content: { text: 'Disk\nFull\nhttps://a.example\n<at user_id="ou_1"></at> <at user_id="all"></at>' },
    });
  });

  it('nothing in plain text that would call somebody', async () => {
    const body = await said({ title: '<at user_id="all">', text: 'from <AT user_id="all">all</at>' });
    expect(JSON.stringify(body)).not.toMatch(/<\/?at/i);
  });

  it('markdown in a card', async () => {
    expect(await said({ title: 'Disk', markdown: '**full**', mentions: { users: ['ou_1'] } })).toEqual({
      msg_type: 'interactive',
      card: {
        header: { title: { tag: 'plain_text', content: 'Disk' } },
        elements: [{ tag: 'div', text: { tag: 'lark_md', content: '**full**\n<at id=ou_1></at>' } }],
      },
    });
  });

  it.each(['text', 'markdown'])('of a long %s what has room, signature included', async (key) => {
    const { double, provider } = await play(stage, accepts);
    expect(await send(provider, { [key]: '"满"\n'.repeat(20_000) })).toMatchObject({ kind: 'accepted' });
    const body = double.requests[0]?.body ?? Buffer.alloc(0);
    expect(body.toString()).toMatch(/… \[\d+ more characters\]"/);
    expect(body.length).toBeLessThanOrEqual(20_000);
    expect(body.length).toBeGreaterThan(19_500);
  });

  it('nothing to a phone number', async () => {
    const { double, provider } = await play(stage, accepts);
    const content = { text: 'x', mentions: { phones: ['13800001111'] } };
    expect(await send(provider, content)).toMatchObject({ kind: 'refused', code: 'mentions_unsupported' });
    expect(double.requests).toHaveLength(0);
  });
});

it.each<[string, DoubleReply, object]>([
  ['the older form of success', json({ StatusCode: 0, StatusMessage: 'success' }), { kind: 'accepted' }],
  ['too many messages', bad(11232), { kind: 'deferred', scope: 'account', retryAfterMs: null }],
  [
    'too many messages, with a wait',
    bad(99991400, 400, { 'x-ogw-ratelimit-reset': '7' }),
    { kind: 'deferred', scope: 'account', retryAfterMs: 7_000, code: '99991400' },
  ],
  [
    'HTTP 429 without a code',
    { status: 429, headers: { 'x-ogw-ratelimit-reset': '3' }, body: 'slow down' },
    { kind: 'deferred', retryAfterMs: 3_000, code: 'http_429' },
  ],
  ['a bad request', bad(9499, 400), { kind: 'refused', because: 'content' }],
  ['a foreign address', bad(19022), { kind: 'misconfigured' }],
  ['a removed robot', bad(19001), { kind: 'misconfigured' }],
  ['no code', json({ msg: 'success' }), { kind: 'uncertain', code: 'unreadable_answer' }],
])('feishu understands %s', async (_name, reply, outcome) => {
  const { provider } = await play(stage, reply);
  expect(await send(provider)).toMatchObject(outcome);
});
