import { createHash, createHmac } from 'node:crypto';
import { quotaFaults, validate } from '@posthorn/core';
import { type DoubleReply, providerContract, runContract, type SeenRequest, testTools } from '@posthorn/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { allowanceOf } from '../../../doubles/allowance.ts';
import {
  expectations,
  json,
  networkReplies,
  sampleDelivery,
  stageBench,
  vendorStage,
} from '../../../doubles/vendor-stage.ts';
import type { SmsContent } from '../../content.ts';
import { type HuaweiSettings, huawei } from './huawei.ts';

const appKey = 'AKcanary';
const appSecret = 'SKcanary';
const settings: HuaweiSettings = {
  appKey,
  appSecret,
  from: '8824110605000',
  region: 'cn-north-4',
  signedCallbacks: false,
};

// The vendor's signature, worked out from what arrived as its page tells it ("AK/SK signing and authentication").
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

function isGenuine({ method, url, headers, body }: SeenRequest): boolean {
  const given = /^SDK-HMAC-SHA256 Access=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
    headers.authorization ?? '',
  );
  const [, access, names = '', signature] = given ?? [];
  const date = String(headers['x-sdk-date']);
  const moment = Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
  if (access !== appKey || !(Math.abs(Date.now() - moment) < 15 * 60_000)) return false;
  if (names !== 'content-type;host;x-sdk-date') return false;
  const lines = names.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  const canonical = `${method}\n${url}/\n\n${lines.join('')}\n${names}\n${sha256(body)}`;
  const signed = createHmac('sha256', appSecret).update(`SDK-HMAC-SHA256\n${date}\n${sha256(canonical)}`);
  return signed.digest('hex') === signature;
}

const failure = (code: string, status = 200, description = 'because') => json(status, { code, description });
const numbered = (status: string, code = '000000') =>
  json(200, {
    code,
    description: 'Success',
    result: [
      {
        originTo: sampleDelivery.address,
        createTime: '2018-05-25T16:34:34Z',
        from: '1069',
        smsMsgId: 'd6e3cdd0-522b-4692-8304-a07553cdf591_8539659',
        status,
      },
    ],
  });
const accepted = numbered('000000');

const stage = vendorStage({
  kind: huawei,
  settings,
  isGenuine,
  rejection: failure('E000103', 401, `signature of ${sampleDelivery.address} 482913`),
});
afterEach(stage.close);

const formOf = (request: SeenRequest | undefined) => new URLSearchParams(String(request?.body));

describe('huawei keeps the contract of a provider', () => {
  // It has no code for a fault inside: an HTTP 500 may have come after the message was passed on.
  runContract(providerContract<SmsContent>({ ...expectations, 'fails-inside': ['uncertain'] }), {
    runner: { test: it, skip: it.skip },
    open: async () =>
      stageBench(
        stage,
        {
          ...networkReplies,
          accepts: accepted,
          'refuses-address': numbered('E000503', 'E000510'),
          'refuses-content': failure('E200028', 200, "Zoë !*'()~+&= 李 482913 of +8613800138000"),
          'rejects-credentials': failure('E000111', 401, `no ${appKey}`),
          throttles: failure('E200015'),
          'fails-inside': json(500, { description: 'Internal Server Error' }),
          'not-listening': accepted,
        },
        [appKey, appSecret],
        (request) => formOf(request).get('extend'),
      ),
    close: stage.close,
  });
});

describe('huawei', () => {
  it('sends what it is given, signed', async () => {
    const { outcome, double } = await stage.outcomeOf(accepted);
    expect(outcome).toEqual({ kind: 'accepted', vendorId: 'd6e3cdd0-522b-4692-8304-a07553cdf591_8539659' });
    expect(double.requests).toHaveLength(1);
    const [request] = double.requests;
    expect(request).toMatchObject({
      method: 'POST',
      url: '/sms/batchSendSms/v1',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(Object.fromEntries(formOf(request))).toEqual({
      from: '8824110605000',
      to: '+8613800138000',
      templateId: '1234',
      templateParas: JSON.stringify(['482913', "Zoë !*'()~+&= 李"]),
      extend: sampleDelivery.id,
    });
  });

  it('gives the signature of the message, else of the account, and no variables to a template without any', async () => {
    const signing = { ...settings, signature: '账户' };
    const content = { templateCode: '7' };
    const own = await stage.outcomeOf(accepted, { content: { ...content, signName: '示例' } }, { settings: signing });
    expect(Object.fromEntries(formOf(own.double.requests[0]))).toMatchObject({ signature: '示例', templateId: '7' });
    const fallback = await stage.outcomeOf(accepted, { content, address: '+85261234567' }, { settings: signing });
    const form = formOf(fallback.double.requests[0]);
    expect(Object.fromEntries(form)).toMatchObject({ signature: '账户', to: '+85261234567' });
    expect(form.has('templateParas')).toBe(false);
  });

  it('sends abroad as the account says for abroad', async () => {
    const apart = { ...settings, signature: '账户', abroad: { from: 'isms001', signature: 'Shop', templateId: '77' } };
    expect(validate(huawei.settings, apart)).toMatchObject({ ok: true, value: apart });
    const abroad = { address: '+85261234567', content: { params: { '1': 'x' } } };
    const { double } = await stage.outcomeOf(accepted, abroad, { settings: apart });
    expect(Object.fromEntries(formOf(double.requests[0]))).toMatchObject({
      from: 'isms001',
      to: '+85261234567',
      templateId: '77',
      signature: 'Shop',
    });
  });

  it('says where reports go when the gateway has a public address', async () => {
    const callbackUrl = new URL('https://posthorn.example/callbacks/huawei/token');
    const { double } = await stage.outcomeOf(accepted, {}, { callbackUrl });
    expect(formOf(double.requests[0]).get('statusCallback')).toBe('https://posthorn.example/callbacks/huawei/token');
    const { outcome } = await stage.outcomeOf(failure('E000503', 400, `bad ${callbackUrl}`), {}, { callbackUrl });
    expect(outcome).toMatchObject({ detail: expect.stringContaining('/callbacks/huawei/***') });
  });

  it('is rejected with a wrong secret, and does not repeat what the vendor says then', async () => {
    const { outcome } = await stage.outcomeOf(accepted, {}, { settings: { ...settings, appSecret: 'wrong' } });
    expect(outcome).toMatchObject({ kind: 'misconfigured', code: 'E000103' });
    expect(JSON.stringify(outcome)).not.toContain('signature of');
  });

  it('asks nobody without a template', async () => {
    const { outcome, double } = await stage.outcomeOf(accepted, { content: { text: 'Hi' } });
    expect(outcome).toMatchObject({ kind: 'refused', because: 'content', code: 'template_missing' });
    expect(double.requests).toHaveLength(0);
  });

  it.each<[string, DoubleReply, object]>([
    ['a bad number in a call that succeeded', numbered('E000503'), { kind: 'refused', because: 'address' }],
    ['a bad number in one that did not', numbered('E000503', 'E000510'), { kind: 'refused', because: 'address' }],
    ['a bad format of the call', failure('E000503', 400), { kind: 'refused', because: 'content' }],
    ['a full queue for the number', numbered('E200015', 'E000510'), { kind: 'deferred', retryAfterMs: 600_000 }],
    ['a number taken before', numbered('E200041', 'E000510'), { kind: 'accepted' }],
    ['an error of the call beside a number that succeeded', numbered('000000', 'E200028'), { code: 'E200028' }],
    ['success of the number in a call that failed in part', numbered('000000', 'E000510'), { kind: 'accepted' }],
    ['HTTP 429 without a code', json(429, {}, { 'retry-after': '9' }), { kind: 'deferred', retryAfterMs: 9_000 }],
  ])('understands %s', async (_name, reply, expected) => {
    const { outcome, double } = await stage.outcomeOf(reply);
    expect(outcome).toMatchObject(expected);
    expect(double.requests).toHaveLength(1);
  });

  it.each<[number, string]>([
    [200, '<html>'],
    [200, ''],
    [200, '[]'],
    [200, '{}'],
    [200, '{"code":0}'],
    [200, '{"code":"000000"}'],
    [200, '{"code":"000000","result":[]}'],
    [200, '{"code":"000000","result":["000000"]}'],
    [200, '{"code":"000000","result":[{"status":0}]}'],
    [502, '{"code":"000000","result":[{"status":"000000"}]}'],
  ])('cannot read %i %s, so it does not know', async (status, body) => {
    const { outcome } = await stage.outcomeOf({ status, body });
    expect(outcome).toMatchObject({ kind: 'uncertain', code: 'unreadable_answer' });
  });
});

describe('the settings of huawei', () => {
  const own = { appKey, appSecret, from: '8824110605000' };
  it('may be just the application and its channel number', () => {
    expect(validate(huawei.settings, own)).toEqual({
      ok: true,
      value: { ...own, region: 'cn-north-4', signedCallbacks: false },
    });
  });

  it.each([
    [{}, ['/appKey', '/appSecret', '/from']],
    [{ ...own, sender: '1' }, ['/sender']],
    [{ ...own, appKey: 'a,b' }, ['/appKey']],
    [{ ...own, region: 'evil.example/' }, ['/region']],
    [{ ...own, from: '' }, ['/from']],
    [{ ...own, textParam: 1 }, ['/textParam']],
  ])('%j has faults at %j', (given, pointers) => {
    const result = validate(huawei.settings, given);
    expect(!result.ok && result.failure.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('refuse an endpoint with a path', async () => {
    const tools = testTools({ endpoint: new URL('http://127.0.0.1:1/sms/batchSendSms/v1') });
    await expect(huawei.open(settings, tools)).rejects.toThrow('without a path');
  });
});

it('may send a number what Huawei allows by default', () => {
  expect(quotaFaults(huawei.quotas)).toEqual([]);
  expect(allowanceOf(huawei, 'otp')).toEqual(['address: 2/60s 50/86400s']);
  expect(allowanceOf(huawei, 'transactional')).toEqual(['address: 10/60s']);
  expect(allowanceOf(huawei, 'marketing')).toEqual(['address: 4/3600s 10/86400s']);
});
