import { type CallbackNews, deliveryId, idMint } from '@posthorn/core';
import { callbackContract, callbackRequest, runContract, testTools } from '@posthorn/testkit';
import { describe, expect, it } from 'vitest';
import { sms } from '../../index.ts';
import { huawei } from './huawei.ts';
import { huaweiReading } from './huawei-callback.ts';
import { huaweiReceipts } from './huawei-receipts.ts';
import { sdkHmacAuthorization } from './huawei-signature.ts';

const delivery = deliveryId(idMint().notification(Date.UTC(2026, 0, 1)), 1);
const url = 'https://posthorn.example/callbacks/huawei/token';
const receivedAt = Date.UTC(2026, 0, 1, 1);
const answer = { status: 200, contentType: null, body: '' };
const now = '20260101T005900Z';
const key = { appKey: 'AK', appSecret: 'SKcanary' };
const trust = { ...key, signedCallbacks: false };

const fields = {
  sequence: '1',
  total: '1',
  updateTime: '2026-01-01T00:43:41Z',
  source: '2',
  smsMsgId: '2ea20735-f856-4376-afbf-570bd70a46ee_11840135',
  status: 'DELIVRD',
  extend: delivery,
  to: '+8613800138000',
};
const receipt = {
  kind: 'receipt',
  delivery,
  vendorId: '2ea20735-f856-4376-afbf-570bd70a46ee_11840135',
  receipt: { status: 'delivered', code: 'DELIVRD', detail: 'the phone has it', at: Date.UTC(2026, 0, 1, 0, 43, 41) },
  parts: null,
  part: null,
  suppress: null,
} as const;
const written = {
  smsMsgId: 'x_1',
  from: '+8613800138000',
  to: '10691002019',
  body: '退订',
  createTime: '2026-01-01T00:50:00Z',
};

const form = (over: object = {}) => new URLSearchParams({ ...fields, ...over }).toString();
const formType = 'application/x-www-form-urlencoded';
const request = (body: string, headers: Readonly<Record<string, string>> = { 'content-type': formType }) =>
  callbackRequest({ url, receivedAt, headers, body });

/** As the application pushes it that signs what it pushes. */
function signed(body: string, { date = now, names = ['content-type', 'host', 'x-sdk-date'] } = {}) {
  const covered: Record<string, string> = { 'content-type': formType, host: 'posthorn.example', 'x-sdk-date': date };
  const headers = Object.fromEntries(names.map((name) => [name, covered[name] ?? '']));
  const authorization = sdkHmacAuthorization(
    { method: 'POST', url: new URL(url), headers: headers as { 'x-sdk-date': string }, body },
    key,
  );
  // The header that the proxy in front was called by.
  return request(body, { ...covered, host: '10.0.0.1:8080', authorization });
}

function contract(signedCallbacks: boolean) {
  const tools = testTools();
  const genuine = (name: string, sent: ReturnType<typeof request>, news: readonly CallbackNews[]) => ({
    name,
    request: sent,
    signedIn: sent.headers['authorization'] === undefined ? null : ['authorization'],
    news,
    answer,
  });
  const batch = JSON.stringify({
    statusReportList: [fields, {}, { ...fields, extend: '', to: '', status: 'TDBLACK' }],
  });
  const unsubscribed = { status: 'undelivered', code: 'TDBLACK', detail: 'the recipient unsubscribed' } as const;
  const news = [
    receipt,
    { ...receipt, delivery: null, receipt: { ...receipt.receipt, ...unsubscribed }, suppress: 'hard' },
  ] as const;
  const second = { ...receipt, part: { number: 2, total: 3 } };
  const reply = { kind: 'reply', from: '+8613800138000', text: '退订', at: Date.UTC(2026, 0, 1, 0, 50) } as const;
  const uplink = new URLSearchParams(written).toString();
  const unsigned = [
    genuine('a report', request(form()), [receipt]),
    genuine('a report of a part', request(form({ sequence: '2', total: '3' })), [second]),
    genuine('a list of reports', request(batch, { 'content-type': 'application/json' }), news),
    genuine('a reply', request(uplink), [reply]),
  ];
  const made = `SDK-HMAC-SHA256 Access=AK, SignedHeaders=constructor;x-sdk-date, Signature=${'0'.repeat(64)}`;
  runContract(
    callbackContract({
      channel: sms,
      genuine: [
        genuine('a signed report', signed(form()), [receipt]),
        genuine('a signed reply', signed(uplink), [reply]),
        ...(signedCallbacks ? [] : unsigned),
      ],
      forged: [
        { name: 'signed an hour ago', request: signed(form(), { date: '20260101T000000Z' }) },
        { name: 'signed in the future', request: signed(form(), { date: '20260101T013000Z' }) },
        { name: 'signed at no moment', request: signed(form(), { date: 'now' }) },
        { name: 'a date that is not covered', request: signed(form(), { names: ['content-type', 'host'] }) },
        { name: 'a header that is none', request: request(form(), { authorization: made, 'x-sdk-date': now }) },
        { name: 'another way of signing', request: request(form(), { authorization: 'Basic eDp5' }) },
        ...(signedCallbacks ? [{ name: 'no signature', request: request(form()) }] : []),
      ],
      canaries: ['13800138000', 'SKcanary', '退订'],
    }),
    {
      runner: { test: it, skip: it.skip },
      open: async () => {
        const own = { from: '8824110605000', region: 'cn-north-4', signedCallbacks };
        return {
          provider: await huawei.open({ ...own, ...key }, tools),
          stranger: await huawei.open({ ...own, appKey: 'AK', appSecret: 'another' }, tools),
          logged: () => tools.log.text(),
        };
      },
      close: async ({ provider, stranger }) => {
        for (const one of [provider, stranger]) await (one as { close?(): Promise<void> }).close?.();
      },
    },
  );
}

describe('huawei keeps the contract of callbacks', () => contract(false));
describe('huawei keeps it where its application signs', () => contract(true));

describe('a report of huawei', () => {
  const readingOf = (over: object) => huaweiReading(request(form(over)), trust);

  it.each<[string, object, object]>([
    ['has no time', { updateTime: '' }, { receipt: { at: receivedAt } }],
    ['names the vendor’s id only', { extend: '' }, { delivery: null }],
    ['is of another program', { extend: 'job-1' }, { delivery: null }],
    [
      'has a carrier’s code',
      { status: 'MK:0012', statusDesc: 'x' },
      { receipt: { code: 'MK:0012' }, suppress: 'soft' },
    ],
    ['has a code of the platform', { status: 'E200018' }, { receipt: { status: 'undelivered' }, suppress: null }],
    [
      'has an unknown code',
      { status: 'SC:0014', statusDesc: '13800138000' },
      { receipt: { detail: 'Huawei says: ***' } },
    ],
    ['is of a part behind the last', { sequence: '4', total: '3' }, { part: null }],
    ['is of parts without a count', { sequence: '1', total: 'x' }, { part: null }],
  ])('%s', (_name, over, expected) => {
    expect(readingOf(over)).toMatchObject({ kind: 'read', news: [expected] });
  });

  it.each(Object.entries(huaweiReceipts.codes))('%s', (status, { means, detail, suppress = null, objects }) => {
    const expected = { receipt: { status: means, code: status, detail }, suppress };
    const wish = objects === undefined ? [] : [{ kind: 'objection', address: '+8613800138000', because: objects }];
    const news = means === 'nothing' ? [] : [expected, ...wish];
    expect(readingOf({ status })).toMatchObject({ kind: 'read', news });
  });

  it('is posted, never asked for', () => {
    expect(huaweiReading(callbackRequest({ method: 'GET', url }), trust)).toMatchObject({ kind: 'unreadable' });
  });
});
