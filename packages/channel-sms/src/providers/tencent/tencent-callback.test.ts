import { deliveryId, idMint } from '@posthorn/core';
import { callbackContract, callbackRequest, runContract, testTools } from '@posthorn/testkit';
import { describe, expect, it } from 'vitest';
import { sms } from '../../index.ts';
import { tencent } from './tencent.ts';
import { tencentReading } from './tencent-callback.ts';
import { tencentReceipts } from './tencent-receipts.ts';

const delivery = deliveryId(idMint().notification(Date.UTC(2026, 0, 1)), 1);
const url = 'https://posthorn.example/callbacks/tencent/token';
const receivedAt = Date.UTC(2026, 0, 1, 1);
const answer = { status: 200, contentType: 'application/json; charset=utf-8', body: '{"result":0,"errmsg":"OK"}' };
const request = (body: unknown) => callbackRequest({ url, receivedAt, body: JSON.stringify(body) });

const status = {
  user_receive_time: '2026-01-01 08:03:04',
  nationcode: '86',
  mobile: '13800138000',
  report_status: 'SUCCESS',
  errmsg: 'DELIVRD',
  description: '用户短信送达成功',
  sid: '5000:1045710669157053657849499619',
};
const receipt = {
  kind: 'receipt',
  delivery: null,
  vendorId: '5000:1045710669157053657849499619',
  receipt: { status: 'delivered', code: 'DELIVRD', detail: 'the phone has it', at: Date.UTC(2026, 0, 1, 0, 3, 4) },
  parts: null,
  part: null,
  suppress: null,
} as const;
const failed = { ...status, report_status: 'FAIL', errmsg: 'MK:0001', description: '空号 13800138000' };
const failure = {
  ...receipt,
  receipt: {
    status: 'undelivered',
    code: 'MK:0001',
    detail: 'the number does not exist, is out of service or switched off',
    at: Date.UTC(2026, 0, 1, 0, 3, 4),
  },
  suppress: 'soft',
} as const;
const written = { extend: '', mobile: '13800138000', nationcode: '86', sign: '示例', text: 'TD', time: 1767229200 };
const reply = { kind: 'reply', from: '+8613800138000', text: 'TD', at: 1767229200_000 } as const;

describe('tencent keeps the contract of callbacks', () => {
  const tools = testTools();
  const genuine = (
    name: string,
    body: unknown,
    news: Parameters<typeof callbackContract>[0]['genuine'][0]['news'],
  ) => ({
    name,
    request: request(body),
    signedIn: null,
    news,
    answer,
  });
  runContract(
    callbackContract({
      channel: sms,
      genuine: [
        genuine('a status', [status], [receipt]),
        genuine('statuses, one of them unreadable', [status, {}, failed], [receipt, failure]),
        genuine('a status with the session', [{ ...status, ext: delivery }], [{ ...receipt, delivery }]),
        genuine('a status with another session', [{ ...status, ext: 'job-1' }], [receipt]),
        genuine('a reply', written, [reply]),
        genuine('a reply from abroad', { ...written, nationcode: '1', mobile: '4155550101' }, [
          { ...reply, from: '+14155550101' },
        ]),
      ],
      forged: [],
      canaries: ['13800138000', 'KEYcanary'],
    }),
    {
      runner: { test: it, skip: it.skip },
      open: async () => ({
        provider: await tencent.open(
          { secretId: 'AKID', secretKey: 'KEYcanary', sdkAppId: '1400006666', region: 'ap-guangzhou' },
          tools,
        ),
        stranger: null,
        logged: () => tools.log.text(),
      }),
      close: async ({ provider }) => (provider as { close?(): Promise<void> }).close?.(),
    },
  );
});

describe('a status of tencent', () => {
  const readingOf = (over: object) => tencentReading(request([{ ...status, ...over }]));

  it('is matched by the vendor’s id, since ours comes back on request only', () => {
    expect(tencent.receiptsBy).toBe('vendorId');
  });

  it.each<[string, object, object]>([
    [
      'fails with a code of its own',
      { report_status: 'FAIL', errmsg: 'ID:0076', description: 'x' },
      { receipt: { detail: 'Tencent says: x' } },
    ],
    [
      'fails with the code of success',
      { report_status: 'FAIL' },
      { receipt: { status: 'undelivered' }, suppress: null },
    ],
    ['has no time', { user_receive_time: '' }, { receipt: { at: receivedAt } }],
  ])('%s', (_name, over, expected) => {
    expect(readingOf(over)).toMatchObject({ kind: 'read', news: [expected] });
  });

  it.each([{ report_status: 'PENDING' }, { sid: '' }, { sid: 5 }])('is of no use with %j', (over) => {
    expect(readingOf(over)).toMatchObject({ kind: 'unreadable' });
  });

  it('is posted, never asked for', () => {
    expect(tencentReading(callbackRequest({ method: 'GET', url }))).toMatchObject({ kind: 'unreadable' });
  });

  it.each(Object.entries(tencentReceipts.codes))('%s', (code, { means, detail, suppress = null }) => {
    const reading = readingOf({ report_status: means === 'delivered' ? 'SUCCESS' : 'FAIL', errmsg: code });
    expect(reading).toMatchObject({ kind: 'read', news: [{ receipt: { status: means, code, detail }, suppress }] });
  });
});
