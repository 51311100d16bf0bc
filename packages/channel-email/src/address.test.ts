import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskAddress, parseAddress } from './address.ts';

const mailboxes: readonly (readonly [text: string, address: string])[] = [
  ['li@example.com', 'li@example.com'],
  ['  li@example.com\u3000', 'li@example.com'],
  ['Li.Si+news@Example.COM', 'Li.Si+news@example.com'],
  ["!#$%&'*+/=?^_`{|}~-@example.com", "!#$%&'*+/=?^_`{|}~-@example.com"],
  ['a@例え.jp', 'a@xn--r8jz45g.jp'],
  ['a@ｅｘａｍｐｌｅ．ｃｏｍ', 'a@example.com'],
  ['a@ex。com', 'a@ex.com'],
  ['a@faß.de', 'a@xn--fa-hia.de'],
  // A Cyrillic а in the domain: shown as what it is.
  ['a@p\u0430ypal.com', 'a@xn--pypal-4ve.com'],
  ['张三@例子.中国', '张三@xn--fsqu00a.xn--fiqs8s'],
  ['cafe\u0301@example.com', 'caf\u00e9@example.com'],
  [`${'l'.repeat(64)}@example.com`, `${'l'.repeat(64)}@example.com`],
  ['a@xn--fiqs8s.xn--fiqs8s', 'a@xn--fiqs8s.xn--fiqs8s'],
];

const strangers: readonly string[] = [
  'li',
  '@example.com',
  'li@',
  'li@@example.com',
  'a@x.com, v@evil.example',
  'a@x.com;v@evil.example',
  'a@x.com v@evil.example',
  'g: v@evil.example;',
  'b@x.com>\r\nRCPT TO:<v@evil.example',
  'b@x.com\r\nBcc: v@evil.example',
  'b@x.com\n',
  '\rb@x.com',
  'b@x.com\0',
  'b@x.com\u2028',
  '"v@evil.example x"@x.com',
  '"li"@example.com',
  'Li <li@example.com>',
  '<li@example.com>',
  'li(comment)@example.com',
  'a@[127.0.0.1]',
  'a@[IPv6:::1]',
  'a@127.0.0.1',
  'a@2130706433',
  'a@0x7f.1',
  'a@localhost',
  'a@mail.localhost',
  'a@example.com.',
  'a@example..com',
  '.a@example.com',
  'a.@example.com',
  'a..b@example.com',
  'a@-example.com',
  'a@example-.com',
  'a@exa_mple.com',
  'a@exa%6dple.com',
  'a@example.com:25',
  'a@example.com/x',
  'a@example.123',
  'li＠example.com',
  'li\u200b@example.com',
  `${'l'.repeat(65)}@example.com`,
  `${'张'.repeat(22)}@example.com`,
  `a@${'d'.repeat(64)}.com`,
  `a@${'d.'.repeat(130)}com`,
  `${'a'.repeat(64)}@${'例'.repeat(20)}.${'例'.repeat(20)}.${'例'.repeat(20)}.${'例'.repeat(20)}.com`,
];

describe('parseAddress', () => {
  it.each(mailboxes)('reads %j as %j', (text, address) => {
    expect(parseAddress(text)).toEqual({ ok: true, value: address });
    expect(parseAddress(address)).toEqual({ ok: true, value: address });
  });

  it.each(strangers)('refuses stranger %#', (text) => {
    expect(parseAddress(text)).toMatchObject({ ok: false, failure: { code: 'invalid_email' } });
  });

  it('gives back only what is safe on an SMTP line, and reads that as itself', () => {
    const pieces = fc.constantFrom(
      'a',
      'é',
      '例',
      '.',
      '@',
      '<',
      '>',
      ' ',
      '\r\n',
      '"',
      ',',
      ':',
      ';',
      '%',
      'xn--',
      '1',
      '-',
      '。',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(pieces).map((parts) => parts.join('')),
        ),
        (text) => {
          const result = parseAddress(text);
          if (!result.ok) return;
          expect(result.value).toMatch(/^[^\s<>,;:"()[\]\\@]{1,64}@[a-z0-9.-]+$/);
          expect(parseAddress(result.value)).toEqual(result);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each([
    'a'.repeat(1_000_000),
    `${'a.'.repeat(500_000)}@`,
    `a@${'a-'.repeat(500_000)}`,
    ' '.repeat(1_000_000),
    `${'!'.repeat(900)}@`,
    `a@${'a'.repeat(900)}!`,
  ])('answers fast, whatever the length: %#', (text) => {
    const start = performance.now();
    expect(parseAddress(text).ok).toBe(false);
    expect(performance.now() - start).toBeLessThan(100);
  });
});

it.each([
  ['zhangsan@qq.com', 'zh***@qq.com'],
  ['abc@qq.com', 'ab***@qq.com'],
  ['ab@qq.com', 'a***@qq.com'],
  ['a@qq.com', '***@qq.com'],
  ['张三丰@qq.com', '张三***@qq.com'],
  ['no address', '***'],
])('masks %s as %s', (address, masked) => {
  expect(maskAddress(address)).toBe(masked);
});
