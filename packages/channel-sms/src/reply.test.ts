import { describe, expect, it } from 'vitest';
import { readSmsReply } from './reply.ts';

describe('a reply', () => {
  it.each([
    'TD', 'td', 'ｔｄ', 'ＴＤ', ' T ', 'T。', 'r', 'R!', '【R】', '“TD”', '退订', ' 退订。', '退 订', '退订T', 'TD退订', '回复TD退订',
    '请回复R退订', '拒收', '取消订阅', 'STOP', 'stop', 'Stop.', 'ＳＴＯＰ', 'stop all', 'STOPALL', 'opt-out',
    'Opt Out', 'unsubscribe', 'Quit!', 'end', 'cancel', 'T\u200b', '\ufeffTD\r\n', '退訂', '取消訂閱',
  ])('unsubscribes with %j', (text) => {
    expect(readSmsReply(text)).toBe('unsubscribe');
  }); // biome-ignore format: a list

  it.each(['START', 'start', 'Ｓtart ', 'unstop', 'opt in', '订阅', '恢复订阅'])('resubscribes with %j', (text) => {
    expect(readSmsReply(text)).toBe('resubscribe');
  });

  it.each([
    '',
    ' ',
    'T恤多少钱',
    'TDD',
    'please stop sending',
    '不退订',
    '退订费用是多少',
    'YES',
    '1',
    'restart',
    'STOP'.repeat(50),
    '\u0000',
    '👍',
    'x'.repeat(100_000),
  ])('asks for nothing with %j', (text) => {
    expect(readSmsReply(text)).toBeNull();
  });
});
