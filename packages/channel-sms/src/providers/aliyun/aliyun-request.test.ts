import { deliveryId, idMint, type OutgoingDelivery } from '@posthorn/core';
import { describe, expect, it } from 'vitest';
import type { SmsContent } from '../../content.ts';
import { aliyunRequest } from './aliyun-request.ts';

const notification = idMint().notification(Date.UTC(2026, 0, 1));
const id = deliveryId(notification, 1);

function delivery(content: SmsContent, address = '+8613800138000'): OutgoingDelivery<SmsContent> {
  return {
    id,
    notification,
    channel: 'sms',
    address,
    content,
    attempt: 1,
    kind: 'otp',
    priority: 'critical',
    expiresAt: null,
  };
}

const account = { signName: '示例', templateCode: 'SMS_9', textParam: 'text' };

describe('aliyunRequest', () => {
  it.each([
    ['+8613800138000', '13800138000'],
    ['+85261234567', '85261234567'],
    ['+886912345678', '886912345678'],
    ['+12025550101', '12025550101'],
  ])('writes %s as %s', (address, phoneNumbers) => {
    expect(aliyunRequest(delivery({ templateCode: 'SMS_1' }, address), account)).toMatchObject({
      ok: true,
      value: { phoneNumbers },
    });
  });

  it("prefers the message's own template, signature and variables, all of them strings", () => {
    const content = { templateCode: 'SMS_1', signName: '阿里云', params: { code: '0123', 名: '' }, text: 'unused' };
    expect(aliyunRequest(delivery(content), account)).toEqual({
      ok: true,
      value: {
        phoneNumbers: '13800138000',
        templateCode: 'SMS_1',
        signName: '阿里云',
        templateParam: '{"code":"0123","名":""}',
        outId: id,
      },
    });
  });

  it("puts a text into the account's template, in one line", () => {
    expect(aliyunRequest(delivery({ text: 'Hi\nthere  you' }), account)).toMatchObject({
      ok: true,
      value: { templateCode: 'SMS_9', templateParam: '{"text":"Hi there you"}' },
    });
  });

  it("fills the account's template with the message's variables", () => {
    expect(aliyunRequest(delivery({ text: 'Hi', params: { code: '1' } }), account)).toMatchObject({
      ok: true,
      value: { templateCode: 'SMS_9', templateParam: '{"code":"1"}' },
    });
  });

  it("does not put a text into the message's own template", () => {
    const request = aliyunRequest(delivery({ templateCode: 'SMS_1', text: 'Hi' }), account);
    expect(request.ok && request.value.templateParam).toBeUndefined();
  });

  it.each([
    ['template_missing', { text: 'Hi' }, {}],
    ['template_missing', { text: 'Hi', params: { code: '1' } }, { signName: 'x' }],
    ['text_param_missing', { text: 'Hi' }, { templateCode: 'SMS_9', signName: 'x' }],
    ['sign_name_missing', { templateCode: 'SMS_1' }, {}],
  ])('refuses with %s before asking: %j, account %j', (code, content, defaults) => {
    expect(aliyunRequest(delivery(content), defaults)).toMatchObject({
      ok: false,
      failure: { kind: 'refused', because: 'content', code },
    });
  });

  it('needs no signature abroad', () => {
    expect(aliyunRequest(delivery({ templateCode: 'SMS_1' }, '+12025550101'), {})).toEqual({
      ok: true,
      value: { phoneNumbers: '12025550101', templateCode: 'SMS_1', outId: id },
    });
  });

  const apart = {
    ...account,
    abroad: { signName: 'Shop', templateCode: 'SMS_90' },
    templates: {
      login: {
        templateCode: 'SMS_1',
        params: { code: 'code', ttl: 'minutes' },
        abroad: { templateCode: 'SMS_10', params: ['code'] },
      },
    },
  };
  const login = { templateCode: 'login', params: { minutes: '5', code: '012' } };
  it.each<[string, SmsContent, object]>([
    ['+8613800138000', { text: 'Hi' }, { signName: '示例', templateCode: 'SMS_9', templateParam: '{"text":"Hi"}' }],
    ['+85261234567', { text: 'Hi' }, { signName: 'Shop', templateCode: 'SMS_90', templateParam: '{"text":"Hi"}' }],
    ['+8613800138000', login, { templateCode: 'SMS_1', templateParam: '{"code":"012","ttl":"5"}' }],
    ['+886912345678', login, { templateCode: 'SMS_10', templateParam: '{"code":"012"}' }],
    ['+886912345678', { ...login, templateCode: 'SMS_7' }, { templateCode: 'SMS_7' }],
  ])('keeps what is for %s apart: %j', (address, content, expected) => {
    expect(aliyunRequest(delivery(content, address), apart)).toMatchObject({ ok: true, value: expected });
  });

  it('asks nobody when a variable that is bound is missing', () => {
    const content = { templateCode: 'login', params: { code: '1' } };
    expect(aliyunRequest(delivery(content), apart)).toMatchObject({ ok: false, failure: { code: 'param_missing' } });
  });
});
