import { deliveryId, idMint, type Provider } from '@posthorn/core';
import { type DoubleReply, manualClock, testTools, type VendorDouble, vendorDouble } from '@posthorn/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { verifyAcs3 } from '../../../../doubles/acs3.ts';
import { json, sampleDelivery } from '../../../../doubles/vendor-stage.ts';
import type { SmsContent } from '../../../content.ts';
import { aliyun } from '../aliyun.ts';

/** 00:30 in Beijing: UTC is still on the day before. */
const now = Date.UTC(2026, 0, 9, 16, 30);
const today = '20260110';
const yesterday = '20260109';
const accepted = Date.UTC(2026, 0, 9, 15, 59);
const id = deliveryId(idMint().notification(accepted), 1);
const delivery = { ...sampleDelivery, id, attempt: 2 };

interface Row {
  readonly day: string;
  readonly OutId?: unknown;
  readonly SendStatus?: unknown;
  readonly ErrCode?: unknown;
  readonly ReceiveDate?: unknown;
}

const open: (VendorDouble | Provider<SmsContent>)[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close?.();
});

/** A vendor that has these rows, and serves them as QuerySendDetails does: by number, day and page. */
async function vendorWith(rows: readonly Row[], reply?: DoubleReply) {
  const asked: Readonly<Record<string, string>>[] = [];
  const double = await vendorDouble({
    reply(request) {
      if (verifyAcs3(request, 'SECRETcanary') !== 'ok') return json(400, { Code: 'SignatureDoesNotMatch' });
      const query = Object.fromEntries(new URL(request.url, 'http://double').searchParams);
      asked.push({ ...query, action: String(request.headers['x-acs-action']) });
      return reply ?? page(rows, query);
    },
  });
  open.push(double);
  const tools = testTools({ endpoint: new URL(double.origin), clock: manualClock(now) });
  const own = { accessKeyId: 'AKID', accessKeySecret: 'SECRETcanary', regionId: 'cn-hangzhou' } as const;
  const provider = await aliyun.open(own, tools);
  open.push(provider);
  const lookUp = (over: object = {}, signal = AbortSignal.timeout(1_500)) =>
    provider.lookUp?.({ ...delivery, ...over }, signal);
  return { asked, tools, double, lookUp };
}

function page(rows: readonly Row[], query: Readonly<Record<string, string>>): DoubleReply {
  const size = Number(query['PageSize']);
  const start = (Number(query['CurrentPage']) - 1) * size;
  const ofDay = rows.filter(({ day }) => day === query['SendDate']);
  const told = ofDay.slice(start, start + size).map(({ day: _day, ...row }) => ({
    PhoneNum: '13800138000',
    TemplateCode: 'SMS_154950909',
    SendDate: '2026-01-10 00:00:01',
    Content: '【示例】482913',
    ...row,
  }));
  return json(200, {
    Code: 'OK',
    Message: 'OK',
    TotalCount: String(ofDay.length),
    SmsSendDetailDTOs: { SmsSendDetailDTO: told },
  });
}

const found = { day: today, OutId: id };
const stranger = { day: today, OutId: sampleDelivery.id, SendStatus: 3, ErrCode: 'DELIVERED' };
const delivered = { ...found, SendStatus: 3, ErrCode: 'DELIVERED', ReceiveDate: '2026-01-10 00:00:20' };

describe('aliyun, asked what became of a message', () => {
  it('asks for the number and the day in Beijing, signed', async () => {
    const { asked, lookUp } = await vendorWith([stranger, delivered]);
    expect(await lookUp()).toEqual({
      kind: 'receipt',
      vendorId: null,
      receipt: {
        status: 'delivered',
        code: 'DELIVERED',
        detail: 'the phone has it',
        at: Date.UTC(2026, 0, 9, 16, 0, 20),
      },
    });
    expect(asked).toEqual([
      { action: 'QuerySendDetails', PhoneNumber: '13800138000', SendDate: today, PageSize: '50', CurrentPage: '1' },
    ]);
  });

  it.each<[string, readonly Row[], object]>([
    ['waits for its receipt', [{ ...found, SendStatus: 1 }], { kind: 'accepted', vendorId: null }],
    ['has a state that nobody knows', [{ ...found, SendStatus: 7 }], { kind: 'accepted' }],
    ['has no state', [found], { kind: 'accepted' }],
    ['will never have a receipt', [{ ...found, SendStatus: 2, ErrCode: 'REQUEST_SUCCESS' }], { kind: 'accepted' }],
    [
      'failed',
      [{ ...found, SendStatus: 2, ErrCode: 'MOBILE_NOT_ON_SERVICE' }],
      { kind: 'receipt', receipt: { status: 'undelivered', code: 'MOBILE_NOT_ON_SERVICE', at: now } },
    ],
    [
      'failed without a word',
      [{ ...found, SendStatus: 2, ErrCode: null }],
      { kind: 'receipt', receipt: { status: 'undelivered', code: null, detail: null } },
    ],
    ['failed once and arrived once', [{ ...found, SendStatus: 2 }, delivered], { receipt: { status: 'delivered' } }],
    [
      'failed once and waits once',
      [
        { ...found, SendStatus: 2 },
        { ...found, SendStatus: 1 },
      ],
      { kind: 'accepted' },
    ],
    ['was sent before midnight', [{ ...delivered, day: yesterday }], { receipt: { status: 'delivered' } }],
    ['stands on the second page', [...Array.from({ length: 50 }, () => stranger), delivered], { kind: 'receipt' }],
  ])('says of one that %s', async (_name, rows, expected) => {
    const { lookUp } = await vendorWith(rows);
    expect(await lookUp()).toMatchObject(expected);
  });

  it('does not know of one that is not listed, and looked on the day it came too', async () => {
    const { asked, lookUp } = await vendorWith([stranger, { ...stranger, OutId: null }]);
    const old = deliveryId(idMint().notification(Date.UTC(2026, 0, 5)), 1);
    expect(await lookUp({ id: old, address: '+85261234567' })).toEqual({ kind: 'unknown' });
    expect(asked.map(({ SendDate }) => SendDate)).toEqual([today, yesterday, '20260105']);
    expect(asked.map(({ PhoneNumber }) => PhoneNumber)).toEqual(['85261234567', '85261234567', '85261234567']);
  });

  it.each<[string, DoubleReply]>([
    ['refuses', json(200, { Code: 'isv.RAM_PERMISSION_DENY', Message: '13800138000' })],
    ['throttles', json(400, { Code: 'Throttling.User', Message: 'because' })],
    ['fails', json(500, { Code: 'InternalError' })],
    ['answers a page', { status: 502, body: '<html>' }],
    ['answers nothing', json(200, {})],
    ['answers null', { status: 200, body: 'null' }],
    ['answers no list', json(200, { Code: 'OK', TotalCount: '1', SmsSendDetailDTOs: { SmsSendDetailDTO: {} } })],
    ['answers a gigabyte', { fault: 'huge' }],
    ['cuts the line', { fault: 'reset-after-body' }],
  ])('does not know when the vendor %s', async (_name, reply) => {
    const { lookUp, tools } = await vendorWith([], reply);
    expect(await lookUp()).toEqual({ kind: 'unknown' });
    expect(tools.log.text()).not.toContain('13800138000');
  });

  it('does not know after its time, and does not ask any more', async () => {
    const { lookUp, double } = await vendorWith([], { fault: 'silent' });
    expect(await lookUp({}, AbortSignal.timeout(200))).toEqual({ kind: 'unknown' });
    const asked = double.requests.length;
    expect(await lookUp({}, AbortSignal.abort())).toEqual({ kind: 'unknown' });
    expect(double.requests.length).toBe(asked);
  });
});
