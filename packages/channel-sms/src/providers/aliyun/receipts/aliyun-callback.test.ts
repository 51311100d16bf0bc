import { type CallbackRequest, deliveryId, idMint } from '@posthorn/core';
import { callbackContract, callbackRequest, runContract, testTools } from '@posthorn/testkit';
import { describe, expect, it } from 'vitest';
import { sms } from '../../../index.ts';
import { aliyun } from '../aliyun.ts';
import { aliyunReading } from './aliyun-callback.ts';
import { aliyunReceipts } from './aliyun-receipts.ts';

const delivery = deliveryId(idMint().notification(Date.UTC(2026, 0, 1)), 1);
const url = 'https://posthorn.example/callbacks/aliyun/token';
const receivedAt = Date.UTC(2026, 0, 1, 1);
const answer = { status: 200, contentType: 'application/json; charset=utf-8', body: '{"code":0,"msg":"ok"}' };

const request = (body: unknown): CallbackRequest =>
  callbackRequest({ url, receivedAt, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

const report = {
  phone_number: '13800138000',
  send_time: '2026-01-01 08:00:00',
  report_time: '2026-01-01 08:00:09',
  success: true,
  err_code: 'DELIVERED',
  err_msg: '用户接收成功',
  sms_size: '1',
  biz_id: '900619746936498440^0',
  out_id: delivery,
};
const receipt = {
  kind: 'receipt',
  delivery,
  vendorId: '900619746936498440^0',
  receipt: { status: 'delivered', code: 'DELIVERED', detail: 'the phone has it', at: Date.UTC(2026, 0, 1, 0, 0, 9) },
  parts: 1,
  part: null,
  suppress: null,
} as const;
const up = {
  phone_number: '13800138000',
  content: 'TD',
  send_time: '2026-01-01 08:30:00',
  dest_code: '1234',
  sequence_id: '1234567890',
};
const reply = { kind: 'reply', from: '+8613800138000', text: 'TD', at: Date.UTC(2026, 0, 1, 0, 30) } as const;
const abroad = {
  To: '85261234567',
  Status: '2',
  MessageId: '118113373637728371',
  SmsSize: '2',
  TaskId: '100000105720022',
  SendDate: 'Thu, 01 Jan 2026 08:00:00 +0800',
  ReceiveDate: 'Thu, 01 Jan 2026 08:00:30 +0800',
  ErrorCode: 'UNDELIV',
  ErrorDescription: 'handset 61234567 off',
};

describe('aliyun keeps the contract of callbacks', () => {
  const tools = testTools();
  runContract(
    callbackContract({
      channel: sms,
      genuine: [
        { name: 'a report', request: request([report]), signedIn: null, news: [receipt], answer },
        {
          name: 'a report that says no',
          request: request([{ ...report, success: false, err_code: 'INVALID_NUMBER' }]),
          signedIn: null,
          news: [
            {
              ...receipt,
              suppress: 'hard',
              receipt: {
                ...receipt.receipt,
                status: 'undelivered',
                code: 'INVALID_NUMBER',
                detail: 'the number does not exist',
              },
            },
          ],
          answer,
        },
        {
          name: 'a report from abroad',
          request: request([abroad]),
          signedIn: null,
          news: [
            {
              ...receipt,
              delivery: null,
              vendorId: '118113373637728371',
              parts: 2,
              receipt: {
                status: 'undelivered',
                code: 'UNDELIV',
                detail: 'Aliyun says: handset *** off',
                at: Date.UTC(2026, 0, 1, 0, 0, 30),
              },
            },
          ],
          answer,
        },
        { name: 'a reply', request: request([up]), signedIn: null, news: [reply], answer },
        {
          name: 'an older reply',
          request: request([{ ...up, sign_name: '示例', sequence_id: 1234567890 }]),
          signedIn: null,
          news: [reply],
          answer,
        },
        {
          name: 'the probe',
          request: callbackRequest({ method: 'GET', url }),
          signedIn: null,
          news: [],
          answer,
        },
        {
          name: 'several at once, one of them unreadable',
          request: request([report, { phone_number: '1' }, up, report]),
          signedIn: null,
          news: [receipt, reply, receipt],
          answer,
        },
      ],
      forged: [],
      canaries: ['13800138000', '61234567', 'SECRETcanary'],
    }),
    {
      runner: { test: it, skip: it.skip },
      open: async () => ({
        provider: await aliyun.open(
          { accessKeyId: 'AKID', accessKeySecret: 'SECRETcanary', regionId: 'cn-hangzhou' },
          tools,
        ),
        stranger: null,
        logged: () => tools.log.text(),
      }),
      close: async ({ provider }) => (provider as { close?(): Promise<void> }).close?.(),
    },
  );
});

describe('a report of aliyun', () => {
  const readingOf = (over: object) => aliyunReading(request([{ ...report, ...over }]));

  it.each<[string, object, object]>([
    ['names our own id only', { biz_id: undefined }, { delivery, vendorId: null }],
    ['is of another program of the account', { out_id: '67890' }, { delivery: null, vendorId: report.biz_id }],
    ['has its truth in quotes', { success: 'false', err_code: 'NO_ROUTE' }, { receipt: { status: 'undelivered' } }],
    ['contradicts its code', { success: false }, { receipt: { status: 'undelivered' }, suppress: null }],
    ['has an unknown code', { success: false, err_code: 'X', err_msg: '' }, { receipt: { code: 'X', detail: null } }],
    ['has no code', { success: false, err_code: null }, { receipt: { status: 'undelivered', code: null } }],
    ['has no size', { sms_size: 'many' }, { parts: null }],
    ['has no time', { report_time: '2026-01-01' }, { receipt: { at: receivedAt } }],
    ['is from the future', { report_time: '2027-01-01 00:00:00' }, { receipt: { at: receivedAt } }],
  ])('%s', (_name, over, expected) => {
    expect(readingOf(over)).toMatchObject({ kind: 'read', news: [expected] });
  });

  it('says nothing while the carrier says nothing, or the message is on its way', () => {
    expect(readingOf({ success: false, err_code: 'REQUEST_SUCCESS' })).toEqual({ kind: 'read', news: [], answer });
    expect(aliyunReading(request([{ ...abroad, Status: '0' }]))).toEqual({ kind: 'read', news: [], answer });
  });

  it('tells what the owner of the number wants, who may still get codes', () => {
    const reject = { success: false, err_code: 'USER_REJECT' };
    const wish = { kind: 'objection', address: '+8613800138000', because: 'unsubscribe' };
    expect(readingOf(reject)).toMatchObject({ news: [{ kind: 'receipt', suppress: null }, wish] });
    const masked = { ...reject, phone_number: '1380013****' };
    expect(readingOf(masked)).toMatchObject({ news: [{ kind: 'receipt', suppress: 'hard' }] });
  });

  it('is of no use when it names no message', () => {
    expect(readingOf({ out_id: '', biz_id: '' })).toMatchObject({ kind: 'unreadable' });
    expect(aliyunReading(request([]))).toMatchObject({ kind: 'unreadable' });
  });

  it.each(Object.entries(aliyunReceipts.codes))('%s', (code, { means, detail, suppress = null, objects }) => {
    const reading = readingOf({ success: means === 'delivered', err_code: code });
    const expected = { receipt: { status: means, code, detail }, suppress };
    const wish = objects === undefined ? [] : [{ kind: 'objection', because: objects }];
    expect(reading).toMatchObject({ kind: 'read', news: means === 'nothing' ? [] : [expected, ...wish] });
  });

  it('asks to stop for good only where the number, or its owner, will not have it', () => {
    const told = (how: string) =>
      Object.entries(aliyunReceipts.codes)
        .filter(([, { suppress }]) => suppress === how)
        .map(([code]) => code);
    expect(told('hard')).toEqual(['INVALID_NUMBER', 'MOBILE_IN_BLACK']);
    expect(told('soft')).toEqual([
      'MOBILE_NOT_ON_SERVICE',
      'MOBILE_ACCOUNT_ABNORMAL',
      'MOBLLE_TERMINAL_ERROR',
      'MOBILE_TERMINAL_ERROR',
      'SP_NOT_BY_INTER_SMS',
    ]);
  });
});
