import { validate } from '@posthorn/core';
import { describe, expect, it } from 'vitest';
import { renderSms, smsContent } from './content.ts';
import { costOf } from './cost.ts';

describe('the schema', () => {
  it.each([
    {},
    { templateCode: 'SMS_154950909', signName: '阿里云', params: { code: '012345', '1': '', order_no: 'A' } },
    { text: 'Hello' },
  ])('takes %j', (own) => {
    expect(validate(smsContent, own)).toEqual({ ok: true, value: own });
  });

  it.each([
    ['/params/code', { params: { code: 1234 } }],
    ['/params/a b', { params: { 'a b': 'x' } }],
    ['/params/__x', { params: { __x: 'x' } }],
    ['/params', { params: Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`p${at}`, ''])) }],
    ['/params', { params: ['x'] }],
    ['/params/code', { params: { code: 'x'.repeat(501) } }],
    ['/templateCode', { templateCode: ' ' }],
    ['/templateCode', { templateCode: null }],
    ['/signName', { signName: 'x'.repeat(65) }],
    ['/text', { text: 'x'.repeat(1_601) }],
    ['/text', { text: '' }],
    ['/template', { template: 'x' }],
  ])('refuses at %s', (pointer, own) => {
    expect(validate(smsContent, own)).toMatchObject({ ok: false, failure: [{ pointer }] });
  });
});

describe('renderSms', () => {
  it.each([
    [{ body: 'Hello' }, 'Hello'],
    [{ title: 'Hi' }, 'Hi'],
    [{ title: ' Hi ', body: 'there\n', url: 'https://a.example/x' }, 'Hi\nthere\nhttps://a.example/x'],
    [{ body: 'see https://a.example', url: 'https://a.example' }, 'see https://a.example'],
    [{ title: '', body: '  ', url: 'https://a.example' }, 'https://a.example'],
  ])('joins %j', (neutral, text) => {
    expect(renderSms(neutral, {})).toEqual({ ok: true, value: { text } });
  });

  it('keeps the own content as it is, beside the neutral text', () => {
    const own = { templateCode: 'SMS_1', signName: '示例', params: { code: '012345' } };
    expect(renderSms({ body: 'Hello' }, own)).toEqual({ ok: true, value: { ...own, text: 'Hello' } });
    expect(renderSms({}, own)).toEqual({ ok: true, value: own });
    expect(renderSms({ body: 'Hello' }, { text: ' mine ' })).toEqual({ ok: true, value: { text: ' mine ' } });
  });

  it.each([
    [{}, {}, 'content_missing'],
    [{ title: ' ' }, { params: { code: '1' } }, 'content_missing'],
    [{ body: 'x'.repeat(1_601) }, {}, 'content_too_long'],
  ])('says what is wrong with %j and %j', (neutral, own, code) => {
    expect(renderSms(neutral, own)).toMatchObject({ ok: false, failure: [{ pointer: '/content', code }] });
  });
});

describe('costOf', () => {
  const china = '+8613800138000';
  it.each([
    [{ text: 'a'.repeat(43) }, '+12025550101', 1, 'GSM-7, 43 of 160'],
    [{ text: 'a'.repeat(350) }, '+12025550101', 3, 'GSM-7, 350 in 3 parts of 153'],
    [{ text: '中'.repeat(71) }, '+85261234567', 2, 'UCS-2, 71 in 2 parts of 67'],
    [{ text: '中'.repeat(66), signName: '示例' }, china, 1, 'UCS-2, 70 of 70'],
    [{ text: '中'.repeat(67), signName: '示例' }, china, 2, 'UCS-2, 71 in 2 parts of 67'],
    [{ text: 'a'.repeat(71), signName: '示例' }, '+12025550101', 1, 'GSM-7, 71 of 160'],
    [{ text: 'a' }, china, 1, "UCS-2, 1 of 70; the account's signature not counted"],
    [{ text: 'a', signName: '示', templateCode: 'x' }, china, 1, 'UCS-2, 4 of 70; the template may read differently'],
  ])('measures %j to %s', (content, address, parts, detail) => {
    expect(costOf(content, address)).toEqual({ parts, detail });
  });

  it('does not pretend to know a template', () => {
    const cost = costOf({ templateCode: 'SMS_1', params: { code: '1' } }, china);
    expect(cost.parts).toBe(1);
    expect(cost.detail).toContain('not known');
  });
});
