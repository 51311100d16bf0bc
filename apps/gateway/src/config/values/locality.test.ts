import { expect, test } from 'vitest';
import { readLocale, readRegion, readTimezone } from './locality.ts';

test.each(['CN', 'HK', 'US', 'GB', 'NO', 'XK'])('the region %s', (text) => {
  expect(readRegion(text)).toEqual({ ok: true, value: text });
});

test.each([
  ['cn', 'must be written as "CN"'],
  ['UK', 'must be written as "GB"'],
  ['EU', 'there is no country "EU"'],
  ['ZZ', 'there is no country "ZZ"'],
  ['QX', 'there is no country "QX"'],
  ['CHN', 'two capital letters'],
  ['', 'two capital letters'],
])('no region: %j', (text, cure) => {
  expect(readRegion(text)).toMatchObject({ ok: false, failure: expect.stringContaining(cure) });
});

test.each(['en', 'zh-CN', 'zh-Hant-HK'])('the locale %s', (text) => {
  expect(readLocale(text)).toEqual({ ok: true, value: text });
});

test.each([
  ['zh-cn', 'must be written as "zh-CN"'],
  ['zh_CN', 'language tag'],
  ['', 'language tag'],
])('no locale: %j', (text, cure) => {
  expect(readLocale(text)).toMatchObject({ ok: false, failure: expect.stringContaining(cure) });
});

test.each(['UTC', 'Asia/Shanghai', 'Asia/Kolkata', 'Europe/London'])('the time zone %s', (text) => {
  expect(readTimezone(text)).toEqual({ ok: true, value: text });
});

test.each([
  ['Asia/Shanghi', 'did you mean "Asia/Shanghai"?'],
  ['+08:00', 'IANA time zone'],
  ['Mars/Olympus', 'IANA time zone'],
  ['', 'IANA time zone'],
])('no time zone: %j', (text, cure) => {
  expect(readTimezone(text)).toMatchObject({ ok: false, failure: expect.stringContaining(cure) });
});
