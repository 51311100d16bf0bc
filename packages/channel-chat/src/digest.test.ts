import { manualClock, testTools, vendorDouble } from '@posthorn/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { json, now, send } from '../doubles/robot-stage.ts';
import type { Content } from './content.ts';
import { fold, markFor } from './digest.ts';
import { bytesOf, layOut } from './excerpt.ts';
import chat from './index.ts';

const alarm = (number: number): Content => ({ title: `Disk ${number}`, text: 'It is full\nLook at once' });

describe('a digest', () => {
  test('has a line for every message, and counts those that say the same', () => {
    const digest = fold([alarm(1), alarm(2), alarm(1), alarm(1), { markdown: '**late**', url: 'https://a.example/7' }]);
    expect(digest.title).toMatch(/^5 messages in one/);
    expect(digest.text?.split('\n')).toEqual([
      '• 3 × Disk 1: It is full',
      '• Disk 2: It is full',
      '• **late** https://a.example/7',
    ]);
    expect(digest.folded).toEqual([3, 1, 1]);
    expect(digest.mentions).toBeUndefined();
    expect(digest.markdown, 'cut lines must not be read as markup').toBeUndefined();
  });

  test('mentions whoever one of them mentions, each once', () => {
    const mentions = [{ users: ['li', 'wang'] }, { users: ['li'], phones: ['13800138000'] }, { all: true }];
    expect(fold(mentions.map((one) => ({ text: 'a', mentions: one }))).mentions).toEqual({
      all: true,
      users: ['li', 'wang'],
      phones: ['13800138000'],
    });
  });

  test('keeps a line short, and never cuts within a character', () => {
    const [line = ''] = (fold([{ text: '💾'.repeat(500) }, { text: 'b' }]).text ?? '').split('\n');
    expect([...line].length).toBeLessThan(170);
    expect(line).toMatch(/^• 💾+…$/u);
  });
});

test('what has no room is counted: every message is in a line or in the number at the end', () => {
  const texts = fc.array(
    fc.string({ minLength: 1, maxLength: 60 }).map((text) => `m${text}`),
    { minLength: 2, maxLength: 60 },
  );
  fc.assert(
    fc.property(texts, fc.integer({ min: 60, max: 3_000 }), (said, room) => {
      const digest = fold(said.map((text) => ({ text })));
      const parts = { heading: '', text: digest.text ?? '', tail: [], gap: '\n', mark: markFor(digest.folded) };
      const whole = layOut(parts, room, bytesOf);
      expect(whole, 'a digest always has room for its mark').not.toBeNull();
      expect(bytesOf(whole ?? '')).toBeLessThanOrEqual(room);
      const left = Number(/^… and (\d+) more$/m.exec((whole ?? '').split('\n').at(-1) ?? '')?.[1] ?? 0);
      const all = (digest.text ?? '').split('\n');
      const lines = (whole ?? '').split('\n').filter((line, place) => line === all[place]?.trimEnd()).length;
      const shown = (digest.folded ?? []).slice(0, lines).reduce((sum, count) => sum + count, 0);
      expect(shown + left).toBe(said.length);
    }),
  );
});

/** Of a body: the limit, and what stands around a text that alone is limited. Slack counts characters, of three bytes here. */
const mostBytes: Readonly<Record<string, number>> = {
  dingtalk: 20_000,
  wecom: 2_200,
  feishu: 20_000,
  slack: 3 * 40_000,
};

test.each(chat.providers.map((kind) => [kind.name, kind] as const))(
  '%s sends it within its limits, and says how many more there are',
  async (name, kind) => {
    const double = await vendorDouble({
      reply: () => (name === 'slack' ? { status: 200, body: 'ok' } : json({ errcode: 0, code: 0 })),
    });
    const tools = testTools({ endpoint: new URL(double.origin), clock: manualClock(now) });
    const provider = await kind.open({ url: `${double.origin}/robot/send?access_token=t` }, tools);
    const contents = Array.from({ length: 600 }, (_, number) => ({ text: `${number} ${'磁盘已满 '.repeat(20)}` }));
    expect(await send(provider as Parameters<typeof send>[0], fold(contents))).toMatchObject({ kind: 'accepted' });
    const body = double.requests[0]?.body.toString() ?? '';
    expect(body).toContain('600 messages in one');
    expect(body).toMatch(/… and \d+ more/);
    expect(bytesOf(body)).toBeLessThanOrEqual(mostBytes[name] ?? 0);
    await double.close();
  },
);
