import { deliveryId, idMint } from '@posthorn/core';
import { describe, expect, it } from 'vitest';
import { shownFields, withoutAddresses } from './log-fields.ts';

const id = idMint().notification(Date.UTC(2026, 0, 1));

describe('fields of a log line', () => {
  it.each([
    ['notification', id],
    ['delivery', deliveryId(id, 3)],
    ['requestId', 'req-1.a_B'],
    ['route', 'POST /notifications/:id/cancel'],
    ['source', '192.0.2.7'],
    ['source', '2001:db8::/64'],
    ['channel', 'sms'],
    ['account', 'aliyun-main'],
    ['plugin', '@acme/posthorn-telegram'],
    ['plugin', './plugins/telegram.ts'],
    ['code', 'isv.BUSINESS_LIMIT_CONTROL'],
    ['code', '550 5.1.1'],
    ['unknown', 3],
    ['detail', 'the signature is missing or wrong'],
    ['path', 'channels.sms.accounts.main.accessKeySecret'],
  ])('%s may say %s', (field, value) => {
    expect(shownFields({ [field]: value })).toEqual({ [field]: value });
  });

  it.each([
    ['phone', '+8613812340987'],
    ['to', 13_812_340_987],
    ['address', 'li@example.com'],
    ['body', 'Your code is 123456'],
    ['token', true],
    ['delivery', '+8613812340987'],
    ['notification', `${id} li@example.com`],
    ['account', 'a b'],
    ['account', 'hunter2\n{"level":60}'],
    ['code', 'x'.repeat(101)],
    ['unknown', '13812340987'],
    ['__proto__x', 'y'],
  ])('%s may not say %s', (field, value) => {
    expect(shownFields({ [field]: value })).toEqual({ [field]: '***' });
  });

  it('say nothing where there is nothing', () => {
    expect(shownFields({ phone: null, code: undefined })).toEqual({ phone: null, code: undefined });
  });

  it('keep of a stack where it was thrown, and not what the error quotes', () => {
    const { stack = '' } = new SyntaxError('Unexpected token: "c4n4ry\n at me:1:1"');
    const shown = String(shownFields({ stack })['stack']);
    expect(shown).toContain('log-fields.test.ts');
    expect(shown).not.toContain('c4n4ry');
  });
});

describe('a sentence', () => {
  it.each([
    ['sent to +86 138 1234-0987 twice', 'sent to *** twice'],
    ['13812340987', '***'],
    ['(010) 6552 9988', '(***'],
    ['550 <li.wei+x@example.com>: no such user', '550 <***>: no such user'],
    ['the disk is full', 'the disk is full'],
    ['expires on 2026-11-28T18:00', 'expires on 2026-11-28T18:00'],
    ['tried 3 times in 250 ms, 12 left of 45009', 'tried 3 times in 250 ms, 12 left of 45009'],
  ])('%s is written as %s', (sentence, written) => {
    expect(withoutAddresses(sentence)).toBe(written);
  });
});
