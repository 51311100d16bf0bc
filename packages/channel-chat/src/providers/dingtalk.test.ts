import { createHmac } from 'node:crypto';
import { type DoubleReply, manualClock, providerContract, runContract, type SeenRequest } from '@posthorn/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { bench, closeAll, expectations, json, now, play, type Stage, send } from '../../doubles/robot-stage.ts';
import type { Content } from '../content.ts';
import { dingtalk } from './dingtalk.ts';

const secret = 'SECc4n4ry';
const token = 'token-c4n4ry';
const hourMs = 3_600_000;
const bad = (errcode: number, errmsg: string) => json({ errcode, errmsg });

/** As the vendor does: the moment and the secret, keyed with the secret, not more than an hour off. */
function signs({ url }: SeenRequest, at: number): boolean {
  const query = new URL(url, 'http://double').searchParams;
  const timestamp = query.get('timestamp') ?? '';
  const expected = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
  return query.get('sign') === expected && /^\d{13}$/.test(timestamp) && Math.abs(at - Number(timestamp)) < hourMs;
}

const stage: Stage<{ url: string; secret?: string | undefined }> = {
  kind: dingtalk,
  settings: { url: `https://oapi.dingtalk.com/robot/send?access_token=${token}`, secret },
  admits(request, at) {
    const { pathname, searchParams } = new URL(request.url, 'http://double');
    return pathname === '/robot/send' && searchParams.getAll('access_token').join() === token && signs(request, at);
  },
  rejection: bad(310000, 'sign not match, more: c4n4ry'),
  replies: {
    accepts: json({ errcode: 0, errmsg: 'ok' }),
    'refuses-content': bad(310000, 'keywords not in content c4n4ry-text'),
    throttles: json({ errcode: 130101, errmsg: 'send too fast', status: 1111, wait: 5, punish: 'c4n4ry' }),
    'fails-inside': bad(-1, '系统繁忙'),
  },
  canaries: [secret, token],
};
const { accepts } = stage.replies;

afterEach(closeAll);

describe('dingtalk keeps the contract of a provider', () => {
  runContract(providerContract<Content>(expectations), {
    runner: { test: it, skip: it.skip },
    open: async () => bench(stage),
    close: closeAll,
  });
});

describe('dingtalk signs', () => {
  it('as a signature of another program is', async () => {
    const { double, provider } = await play({ ...stage, admits: () => true }, accepts, {
      settings: { ...stage.settings, secret: 'this is secret' },
      clock: manualClock(1_577_262_236_757),
    });
    expect(await send(provider)).toEqual({ kind: 'accepted', vendorId: null });
    expect(double.requests[0]?.url).toBe(
      `/robot/send?access_token=${token}&timestamp=1577262236757&sign=hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D`,
    );
  });

  it('so that a wrong secret and a wrong clock are turned away', async () => {
    const wrong = await play(stage, accepts, { settings: { ...stage.settings, secret: 'SECother' } });
    expect(await send(wrong.provider)).toMatchObject({ kind: 'misconfigured', code: '310000' });
    const late = await play(stage, accepts);
    await send(late.provider);
    const [request] = late.double.requests as [SeenRequest];
    expect([stage.admits(request, now), stage.admits(request, now + 2 * hourMs)]).toEqual([true, false]);
  });

  it('only with a secret', async () => {
    const { double, provider } = await play({ ...stage, admits: () => true }, accepts, {
      settings: { url: stage.settings.url },
    });
    await send(provider);
    expect(double.requests[0]?.url).toBe(`/robot/send?access_token=${token}`);
  });
});

describe('dingtalk says', () => {
  const said = async (content: Content) => {
    const { provider, bodies } = await play(stage, accepts);
    expect(await send(provider, content)).toMatchObject({ kind: 'accepted' });
    return bodies()[0];
  };

  it('plain text with what is mentioned, which has to stand in it', async () => {
    const mentions = { phones: ['13800138000'], users: ['u1', 'u2'] };
    expect(await said({ title: 'Disk', text: 'Full, @u1', url: 'https://a.example/x', mentions })).toEqual({
      msgtype: 'text',
      text: { content: 'Disk\nFull, @u1\nhttps://a.example/x\n@13800138000 @u2' },
      at: { atMobiles: ['13800138000'], atUserIds: ['u1', 'u2'], isAtAll: false },
    });
  });

  it('markdown with a title for the list, its own or its first line', async () => {
    expect(await said({ title: 'Disk', markdown: '**full**', url: 'https://a.example/(x)' })).toMatchObject({
      msgtype: 'markdown',
      markdown: {
        title: 'Disk',
        text: '#### Disk\n\n**full**\n\n[https://a.example/%28x%29](https://a.example/%28x%29)',
      },
    });
    expect(await said({ markdown: '\n# Full\nnow', mentions: { all: true } })).toMatchObject({
      markdown: { title: '# Full', text: '\n# Full\nnow' },
      at: { isAtAll: true },
    });
  });

  it('of a long text what has room, with a mark, its link and its mentions', async () => {
    const text = '磁盘已满 "now"\n'.repeat(3_000);
    const body = await said({ text, url: 'https://a.example/x', mentions: { phones: ['13800138000'] } });
    const { content } = (body as { text: { content: string } }).text;
    expect(content).toMatch(/"now"\n… \[\d+ more characters\]\nhttps:\/\/a\.example\/x\n@13800138000$/);
    const bytes = Buffer.byteLength(JSON.stringify(body));
    expect(bytes).toBeLessThanOrEqual(20_000);
    expect(bytes).toBeGreaterThan(19_500);
  });
});

describe('dingtalk understands', () => {
  it.each<[string, DoubleReply, object]>([
    ['a muted robot', bad(130101, 'send too fast'), { kind: 'deferred', scope: 'account', retryAfterMs: 600_000 }],
    ['a busy vendor', bad(-1, 'busy'), { kind: 'deferred', scope: 'account', retryAfterMs: null }],
    ['a missing keyword', bad(310000, '关键词不匹配'), { kind: 'refused', because: 'content', code: '310000' }],
    ['a foreign address', bad(310000, 'ip 1.2.3.4 not in whitelist'), { kind: 'misconfigured' }],
    ['a wrong token', bad(300001, 'token is not exist'), { kind: 'misconfigured', code: '300001' }],
    ['a code of no list', bad(987654, 'c4n4ry'), { kind: 'refused', code: '987654' }],
    ['a code of no list in a fault', json({ errcode: 987654 }, 503), { kind: 'deferred', code: '987654' }],
    ['no code', json({ errmsg: 'ok' }), { kind: 'uncertain', code: 'unreadable_answer' }],
    ['a code that is no number', json({ errcode: '0' }), { kind: 'uncertain' }],
    ['an empty answer', { status: 200, body: '' }, { kind: 'uncertain' }],
  ])('%s', async (_name, reply, outcome) => {
    const { double, provider } = await play(stage, reply);
    expect(await send(provider)).toMatchObject(outcome);
    expect(double.requests).toHaveLength(1);
  });

  it('and tells the log of a code that is on no list, without the words that came with it', async () => {
    const { provider, tools } = await play(stage, bad(987654, 'c4n4ry'));
    await send(provider);
    expect(tools.log.text()).toContain('987654');
    expect(tools.log.text()).not.toContain('c4n4ry');
  });
});
