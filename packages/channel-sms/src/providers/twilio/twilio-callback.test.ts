import { type CallbackNews, deliveryId, idMint } from '@posthorn/core';
import { callbackContract, callbackRequest, runContract, testTools } from '@posthorn/testkit';
import { describe, expect, it } from 'vitest';
import { sms } from '../../index.ts';
import { twilio } from './twilio.ts';
import { twilioReading } from './twilio-callback.ts';
import { twilioReceipts } from './twilio-receipts.ts';
import { twilioSignature } from './twilio-signature.ts';

const delivery = deliveryId(idMint().notification(Date.UTC(2026, 0, 1)), 1);
const home = 'https://posthorn.example/callbacks/twilio/token';
const url = `${home}?delivery=${delivery}`;
const receivedAt = Date.UTC(2026, 0, 1, 1);
const answer = { status: 204, contentType: null, body: '' };
const hex = '0123456789abcdef0123456789abcdef';
const trust = { accountSid: `AC${hex}`, authToken: 'TOKENcanary' };

const fields = {
  SmsSid: `SM${hex}`,
  SmsStatus: 'delivered',
  MessageStatus: 'delivered',
  To: '+8613800138000',
  MessageSid: `SM${hex}`,
  AccountSid: trust.accountSid,
  From: '+15005550006',
  ApiVersion: '2010-04-01',
};
const receipt = {
  kind: 'receipt',
  delivery,
  vendorId: `SM${hex}`,
  receipt: { status: 'delivered', code: 'delivered', detail: 'the phone, or its carrier, has it', at: receivedAt },
  parts: null,
  part: null,
  suppress: null,
} as const;
const inbound = {
  SmsMessageSid: `SM${hex}`,
  SmsStatus: 'received',
  Body: 'Please stop é 好',
  To: '+15005550006',
  NumSegments: '1',
  MessageSid: `SM${hex}`,
  AccountSid: trust.accountSid,
  From: '+12025550101',
};
const reply = { kind: 'reply', from: '+12025550101', text: inbound.Body, at: receivedAt } as const;

interface Sent {
  readonly at?: string;
  readonly signedFor?: string;
  readonly authToken?: string;
}

/** As the vendor posts it: signed for the address it was told. */
function request(form: object, { at = url, signedFor = at, authToken = trust.authToken }: Sent = {}) {
  const body = new URLSearchParams(form as Record<string, string>);
  return callbackRequest({
    url: at,
    receivedAt,
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'X-Twilio-Signature': twilioSignature(signedFor, body, authToken),
    },
    body: body.toString(),
  });
}

it('signs as the example of its page', () => {
  const form = new URLSearchParams({
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    Digits: '1234',
    From: '+14158675309',
    To: '+18005551212',
  });
  const address = 'https://mycompany.com/myapp.php?foo=1&bar=2';
  expect(twilioSignature(address, form, '12345')).toBe('RSOYDt4T1cUTdK1PDd93/VVr8B8=');
  form.append('Digits', '1234');
  expect(twilioSignature(address, form, '12345')).toBe('RSOYDt4T1cUTdK1PDd93/VVr8B8=');
  form.append('Digits', '9');
  expect(twilioSignature(address, form, '12345')).not.toBe('RSOYDt4T1cUTdK1PDd93/VVr8B8=');
});

describe('twilio keeps the contract of callbacks', () => {
  const tools = testTools();
  const genuine = (name: string, sent: ReturnType<typeof request>, news: readonly CallbackNews[]) => ({
    name,
    request: sent,
    signedIn: ['x-twilio-signature'],
    news,
    answer,
  });
  const landline = {
    ...receipt,
    receipt: {
      ...receipt.receipt,
      status: 'undelivered',
      code: '30006',
      detail: 'the number is of a landline, or of a carrier that cannot be reached',
    },
    suppress: 'hard',
  } as const;
  const objection = {
    kind: 'objection',
    address: '+12025550101',
    because: 'unsubscribe',
    detail: 'Twilio took the answer for one that asks to stop',
    at: receivedAt,
  } as const;
  runContract(
    callbackContract({
      channel: sms,
      genuine: [
        genuine('a delivery', request(fields), [receipt]),
        genuine('a reading', request({ ...fields, MessageStatus: 'read' }), [
          { ...receipt, receipt: { ...receipt.receipt, code: 'read', detail: 'the recipient has read it' } },
        ]),
        genuine('a failure', request({ ...fields, MessageStatus: 'undelivered', ErrorCode: '30006' }), [landline]),
        genuine('a status on the way', request({ ...fields, MessageStatus: 'sent' }), []),
        genuine('a status that is new', request({ ...fields, MessageStatus: 'constructor' }), []),
        genuine('a status without our id', request(fields, { at: home }), [{ ...receipt, delivery: null }]),
        genuine('one that was signed with a port', request(fields, { signedFor: url.replace('e/', 'e:443/') }), [
          receipt,
        ]),
        genuine('a reply', request(inbound, { at: home }), [reply]),
        genuine('a reply that asks to stop', request({ ...inbound, OptOutType: 'STOP' }, { at: home }), [
          reply,
          objection,
        ]),
        genuine('a reply that asks for more', request({ ...inbound, OptOutType: 'START' }, { at: home }), [reply]),
        genuine('a reply of a short code', request({ ...inbound, From: '32665' }, { at: home }), []),
      ],
      forged: [
        { name: 'for another delivery', request: request(fields, { signedFor: url.replace('dlv', 'dlw') }) },
        { name: 'for another address', request: request(fields, { signedFor: url.replace('token', 'other') }) },
        { name: 'about another account', request: request({ ...fields, AccountSid: `AC${hex.replace('0', '1')}` }) },
        { name: 'a key of its own', request: request(fields, { authToken: 'x' }) },
        { name: 'an empty key', request: request(fields, { authToken: '' }) },
      ],
      canaries: ['13800138000', '12025550101', 'TOKENcanary', inbound.Body],
    }),
    {
      runner: { test: it, skip: it.skip },
      open: async () => ({
        provider: await twilio.open({ ...trust, from: 'Posthorn' }, tools),
        stranger: await twilio.open({ ...trust, authToken: 'another', from: 'Posthorn' }, tools),
        logged: () => tools.log.text(),
      }),
      close: async ({ provider, stranger }) => {
        for (const one of [provider, stranger]) await (one as { close?(): Promise<void> }).close?.();
      },
    },
  );
});

describe('a status of twilio', () => {
  it('is believed by no account that does not know what it is signed with', () => {
    const { accountSid } = trust;
    expect(twilioReading(request(fields), { accountSid })).toMatchObject({ kind: 'forged' });
    expect(twilioReading(request(fields, { authToken: '' }), { accountSid })).toMatchObject({ kind: 'forged' });
  });

  const codes = Object.entries(twilioReceipts.codes).filter(([code]) => /^\d+$/.test(code));
  it.each(codes)('undelivered with %s', (ErrorCode, { means, detail, suppress = null, objects }) => {
    const reading = twilioReading(request({ ...fields, MessageStatus: 'undelivered', ErrorCode }), trust);
    expect(means).toBe('undelivered');
    const wish = objects === undefined ? [] : [{ kind: 'objection', address: '+8613800138000', because: objects }];
    const told = { receipt: { status: means, code: ErrorCode, detail }, suppress };
    expect(reading).toMatchObject({ news: [told, ...wish] });
  });

  const statuses = Object.entries(twilioReceipts.codes).filter(([code]) => !/^\d+$/.test(code));
  it.each(statuses)('%s', (MessageStatus, { means, detail }) => {
    const news = means === 'nothing' ? [] : [{ receipt: { status: means, code: MessageStatus, detail } }];
    expect(twilioReading(request({ ...fields, MessageStatus }), trust)).toMatchObject({ kind: 'read', news });
  });

  it('may fail without a code, or with one that is new', () => {
    const failed = { ...fields, MessageStatus: 'failed' };
    const receiptOf = (over: object) => twilioReading(request({ ...failed, ...over }), trust);
    expect(receiptOf({})).toMatchObject({ news: [{ receipt: { status: 'undelivered', code: 'failed' } }] });
    expect(receiptOf({ ErrorCode: '30999' })).toMatchObject({
      news: [{ receipt: { status: 'undelivered', code: '30999', detail: null }, suppress: null }],
    });
  });
});
