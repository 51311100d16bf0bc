import { describe, expect, it } from 'vitest';
import { codeText } from './code-text.ts';

const minute = 60_000;

describe('codeText', () => {
  it.each([
    ['en', 5 * minute, 'Your code is 012345. It is valid for 5 minutes. Never share it.'],
    ['en-GB', minute, 'Your code is 012345. It is valid for 1 minute. Never share it.'],
    ['en', 90_000, 'Your code is 012345. It is valid for 90 seconds. Never share it.'],
    ['en', 1_000, 'Your code is 012345. It is valid for 1 second. Never share it.'],
    ['zh', 5 * minute, '您的验证码是012345，5分钟内有效，请勿告诉他人。'],
    ['ZH-Hans-CN', 90_000, '您的验证码是012345，90秒内有效，请勿告诉他人。'],
    ['fr', 5 * minute, 'Your code is 012345. It is valid for 5 minutes. Never share it.'],
    ['constructor', minute, 'Your code is 012345. It is valid for 1 minute. Never share it.'],
  ])('in %s, for %i ms', (locale, ttlMs, text) => {
    expect(codeText('012345', ttlMs, locale).body).toBe(text);
  });

  it('has a title that does not tell the code', () => {
    for (const locale of ['en', 'zh']) expect(codeText('012345', minute, locale).title).not.toContain('012345');
  });
});
