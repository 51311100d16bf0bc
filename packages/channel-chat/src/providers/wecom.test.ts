import { type DoubleReply, providerContract, runContract } from '@posthorn/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { bench, closeAll, expectations, json, play, type Stage, send } from '../../doubles/robot-stage.ts';
import type { Content } from '../content.ts';
import { wecom } from './wecom.ts';

const key = '693a91f6-c4n4ry';
const bad = (errcode: number, errmsg: string) => json({ errcode, errmsg });

const stage: Stage<{ url: string }> = {
  kind: wecom,
  settings: { url: `https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=${key}` },
  // No signature: who knows the key may send.
  admits: ({ url }) => url === `/cgi-bin/webhook/send?key=${key}`,
  rejection: bad(93000, 'invalid webhook url, hint: c4n4ry'),
  replies: {
    accepts: json({ errcode: 0, errmsg: 'ok' }),
    'refuses-content': bad(40058, 'content exceed max length c4n4ry-text'),
    throttles: bad(45009, 'api freq out of limit'),
    'fails-inside': bad(-1, 'system busy'),
  },
  canaries: [key],
};
const { accepts } = stage.replies;

afterEach(closeAll);

describe('wecom keeps the contract of a provider', () => {
  runContract(providerContract<Content>(expectations), {
    runner: { test: it, skip: it.skip },
    open: async () => bench(stage),
    close: closeAll,
  });
});

it('a key that is not the robot’s is a fault of the account', async () => {
  const settings = { url: stage.settings.url.replace(key, 'other') };
  const { provider } = await play(stage, accepts, { settings });
  expect(await send(provider)).toMatchObject({ kind: 'misconfigured', code: '93000' });
});

describe('wecom says', () => {
  const said = async (content: Content) => {
    const { provider, bodies } = await play(stage, accepts);
    expect(await send(provider, content)).toMatchObject({ kind: 'accepted' });
    return bodies()[0];
  };

  it('plain text and lists of who is mentioned', async () => {
    const mentions = { all: true, users: ['wangqing'], phones: ['13800001111'] };
    expect(await said({ title: 'Disk', text: 'Full', url: 'https://a.example', mentions })).toEqual({
      msgtype: 'text',
      text: {
        content: 'Disk\nFull\nhttps://a.example',
        mentioned_list: ['wangqing', '@all'],
        mentioned_mobile_list: ['13800001111'],
      },
    });
  });

  it('nothing in plain text that would call somebody', async () => {
    const body = await said({ title: '<@boss>', text: 'reported by <@everybody>' });
    expect(JSON.stringify(body)).not.toContain('<@');
  });

  it('markdown, with users called in it', async () => {
    expect(await said({ title: 'Disk', markdown: '**full** <@li>', mentions: { users: ['wang'] } })).toEqual({
      msgtype: 'markdown',
      markdown: { content: '### Disk\n**full** <@li>\n<@wang>' },
    });
  });

  it.each<[string, Partial<Content>, number]>([
    ['text', { text: '磁盘已满。'.repeat(1_000) }, 2_048],
    ['markdown', { markdown: '磁盘 **已满** '.repeat(1_000) }, 4_096],
  ])('of a long %s what has room, with a mark and the link', async (type, content, most) => {
    const body = await said({ title: 'D'.repeat(1_000), url: 'https://a.example/x', ...content });
    const { content: shown = '' } = (body as Record<string, { content: string }>)[type] ?? {};
    expect(shown).toMatch(/^(### )?D{150,}.*\n.*\n… \[\d+ more characters\]\n.*https:\/\/a\.example\/x\)?$/s);
    expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(most);
    expect(Buffer.byteLength(shown)).toBeGreaterThan(most - 300);
    expect(shown).not.toContain('\ufffd');
  });

  it.each<[Content, string]>([
    [{ markdown: 'x', mentions: { all: true } }, 'mentions_unsupported'],
    [{ markdown: 'x', mentions: { phones: ['13800001111'] } }, 'mentions_unsupported'],
    [{ title: '满'.repeat(200), text: 'x', url: `https://a.example/${'x'.repeat(1_900)}` }, 'content_too_long'],
  ])('nothing at all when it cannot say it whole: %o', async (content, code) => {
    const { double, provider } = await play(stage, accepts);
    expect(await send(provider, content)).toMatchObject({ kind: 'refused', because: 'content', code });
    expect(double.requests).toHaveLength(0);
  });
});

it.each<[string, DoubleReply, object]>([
  ['too many messages', bad(45009, 'freq'), { kind: 'deferred', scope: 'account', retryAfterMs: 60_000 }],
  ['a busy vendor', bad(-1, 'busy'), { kind: 'deferred', scope: 'account', retryAfterMs: null }],
  ['a removed robot', bad(93000, 'removed'), { kind: 'misconfigured' }],
  ['a wrong type', bad(40008, 'type'), { kind: 'refused', because: 'content' }],
  ['an empty text', bad(44004, 'empty'), { kind: 'refused', because: 'content' }],
  ['a list for an answer', json([]), { kind: 'uncertain', code: 'unreadable_answer' }],
])('wecom understands %s', async (_name, reply, outcome) => {
  const { provider } = await play(stage, reply);
  expect(await send(provider)).toMatchObject(outcome);
});
