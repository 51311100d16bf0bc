import { expect, it } from 'vitest';
import { parseMailbox } from './mailbox.ts';

it.each([
  ['no-reply@example.com', '', 'no-reply@example.com'],
  ['<no-reply@example.com>', '', 'no-reply@example.com'],
  ['Shop <no-reply@Example.com>', 'Shop', 'no-reply@example.com'],
  ['  示例商店 📮 <no-reply@example.com> ', '示例商店 📮', 'no-reply@example.com'],
  ['"Shop, Inc. (CN)" <no-reply@example.com>', 'Shop, Inc. (CN)', 'no-reply@example.com'],
  ["O'Neill & Söhne <a@例え.jp>", "O'Neill & Söhne", 'a@xn--r8jz45g.jp'],
])('reads %j', (text, name, address) => {
  expect(parseMailbox(text)).toEqual({ ok: true, value: { name, address } });
});

it.each([
  '',
  'Shop',
  'Shop <>',
  'Shop <no-reply>',
  'Shop, Inc. <a@example.com>',
  '"Shop" Inc" <a@example.com>',
  '"Shop\\" <a@example.com>',
  'ceo@bank.example <a@example.com>',
  'A <a@example.com>, V <v@evil.example>',
  'A <a@example.com> <v@evil.example>',
  'g: v@evil.example;',
  'Shop\r\nBcc: v@evil.example <a@example.com>',
  'Shop\n<a@example.com>',
  'Shop\u0000<a@example.com>',
  'Shop\u2028<a@example.com>',
  'Shop \u202e<a@example.com>',
  'Shop <a@example.com\r\n>',
  'Shop <a@example.com>\r\n',
  `${'x'.repeat(600)} <a@example.com>`,
  '<'.repeat(100_000),
])('refuses stranger %#', (text) => {
  const result = parseMailbox(text);
  expect(result.ok).toBe(false);
  if (!result.ok) expect(result.failure.code).toMatch(/^invalid_(?:sender|email)$/);
});
