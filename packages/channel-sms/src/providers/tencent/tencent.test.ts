import { createHash, createHmac } from 'node:crypto';
import { kinds, quotaFaults, validate } from '@posthorn/core';
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
import { type TencentSettings, tencent } from './tencent.ts';

const secretId = 'AKIDcanary';
const secretKey = 'SECRETcanary';
const settings: TencentSettings = {
  secretId,
  secretKey,
  sdkAppId: '1400006666',
  signName: '示例',
  region: 'ap-guangzhou',
};

// The vendor's signature, worked out from what arrived as its page tells it ("Signature method v3").
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

function isGenuine({ method, url, headers, body }: SeenRequest): boolean {
  const given =
    /^TC3-HMAC-SHA256 Credential=([^/]+)\/(\d{4}-\d\d-\d\d)\/sms\/tc3_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  const [, id, day = '', names = '', signature] = given ?? [];
  const seconds = Number(headers['x-tc-timestamp']);
  if (id !== secretId || Math.abs(Date.now() / 1_000 - seconds) > 300) return false;
  if (!names.split(';').includes('host') || !names.split(';').includes('content-type')) return false;
  if (new Date(seconds * 1_000).toISOString().slice(0, 10) !== day) return false;
  const lines = names.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  const canonical = `${method}\n${url}\n\n${lines.join('')}\n${names}\n${sha256(body)}`;
  const signed = `TC3-HMAC-SHA256\n${seconds}\n${day}/sms/tc3_request\n${sha256(canonical)}`;
  const dayKey = hmac(hmac(hmac(`TC3${secretKey}`, day), 'sms'), 'tc3_request');
  return hmac(dayKey, signed).toString('hex') === signature;
}

const response = (body: object): DoubleReply => json(200, { Response: { ...body, RequestId: 'R-1' } });
const failure = (code: string, message = 'because') => response({ Error: { Code: code, Message: message } });
const status = (over: object) =>
  response({
    SendStatusSet: [
      {
        SerialNo: '5000:1045710669157053657849499619',
        PhoneNumber: sampleDelivery.address,
        Fee: 1,
        SessionContext: sampleDelivery.id,
        Code: 'Ok',
        Message: 'send success',
        IsoCode: 'CN',
        ...over,
      },
    ],
  });
const refusal = (code: string, message = 'because') => status({ Code: code, Message: message, SerialNo: '', Fee: 0 });
const accepted = status({});

const stage = vendorStage({
  kind: tencent,
  settings,
  isGenuine,
  rejection: failure('AuthFailure.SignatureFailure', 'server string to sign is POST / 482913'),
});
afterEach(stage.close);

const bodyOf = (request: SeenRequest | undefined): unknown => JSON.parse(String(request?.body));

describe('tencent keeps the contract of a provider', () => {
  runContract(providerContract<SmsContent>(expectations), {
    runner: { test: it, skip: it.skip },
    open: async () =>
      stageBench(
        stage,
        {
          ...networkReplies,
          accepts: accepted,
          'refuses-address': refusal('InvalidParameterValue.IncorrectPhoneNumber', '+8613800138000 for 482913'),
          'refuses-content': refusal('FailedOperation.ContainSensitiveWord', "Zoë !*'()~+&= 李"),
          'rejects-credentials': failure('AuthFailure.SecretIdNotFound', `no ${secretId}`),
          throttles: failure('RequestLimitExceeded'),
          'fails-inside': failure('InternalError'),
          'not-listening': accepted,
        },
        [secretId, secretKey],
        (request) => (bodyOf(request) as { SessionContext: string }).SessionContext,
      ),
    close: stage.close,
  });
});

describe('tencent', () => {
  it('sends what it is given, signed', async () => {
    const { outcome, double } = await stage.outcomeOf(accepted);
    expect(outcome).toEqual({ kind: 'accepted', vendorId: '5000:1045710669157053657849499619', parts: 1 });
    expect(double.requests).toHaveLength(1);
    const [request] = double.requests;
    expect(request).toMatchObject({
      method: 'POST',
      url: '/',
      headers: {
        'content-type': 'application/json',
        'x-tc-action': 'SendSms',
        'x-tc-version': '2021-01-11',
        'x-tc-region': 'ap-guangzhou',
      },
    });
    expect(bodyOf(request)).toEqual({
      PhoneNumberSet: ['+8613800138000'],
      SmsSdkAppId: '1400006666',
      SignName: '示例',
      TemplateId: '1234',
      TemplateParamSet: ['482913', "Zoë !*'()~+&= 李"],
      SessionContext: sampleDelivery.id,
    });
  });

  it('sends abroad as the account says for abroad', async () => {
    const apart = { ...settings, templateId: '7', abroad: { signName: 'Shop', templateId: '77' } };
    const content = { params: { '1': 'x' } };
    const bodyTo = async (address: string) =>
      bodyOf((await stage.outcomeOf(accepted, { address, content }, { settings: apart })).double.requests[0]);
    expect(await bodyTo('+85261234567')).toMatchObject({ TemplateId: '77', SignName: 'Shop' });
    expect(await bodyTo('+8613800138000')).toMatchObject({ TemplateId: '7', SignName: '示例' });
  });

  it('sends abroad in E.164 too, where it needs no signature', async () => {
    const { signName: _none, ...unsigned } = settings;
    const abroad = { address: '+85261234567', content: { templateCode: '77', params: { code: '1' } } };
    const { outcome, double } = await stage.outcomeOf(accepted, abroad, { settings: unsigned });
    expect(outcome.kind).toBe('accepted');
    const body = bodyOf(double.requests[0]);
    expect(body).toMatchObject({ PhoneNumberSet: ['+85261234567'], TemplateId: '77', TemplateParamSet: ['1'] });
    expect(body).not.toHaveProperty('SignName');
  });

  it("prefers the message's signature, and asks nobody without one, without a template or after its time", async () => {
    const { signName: _none, ...unsigned } = settings;
    const own = { content: { ...sampleDelivery.content, signName: '另一个' } };
    expect(bodyOf((await stage.outcomeOf(accepted, own)).double.requests[0])).toMatchObject({ SignName: '另一个' });
    const { outcome, double, provider } = await stage.outcomeOf(accepted, {}, { settings: unsigned });
    expect(outcome).toMatchObject({ kind: 'refused', because: 'content', code: 'sign_name_missing' });
    const textOnly = { ...sampleDelivery, content: { text: 'Hi' } };
    expect(await provider.send(textOnly, AbortSignal.timeout(1_500))).toMatchObject({ code: 'template_missing' });
    const abroad = { ...sampleDelivery, address: '+12025550101' };
    expect(await provider.send(abroad, AbortSignal.abort())).toMatchObject({ kind: 'deferred', code: 'aborted' });
    expect(double.requests).toHaveLength(0);
  });

  it('is rejected with a wrong key, and does not repeat what the vendor quotes then', async () => {
    const { outcome } = await stage.outcomeOf(accepted, {}, { settings: { ...settings, secretKey: 'wrong' } });
    expect(outcome).toMatchObject({ kind: 'misconfigured', code: 'AuthFailure.SignatureFailure' });
    expect(JSON.stringify(outcome)).not.toContain('string to sign');
  });

  it.each<[string, DoubleReply, object]>([
    ['an error of the call', failure('FailedOperation.OtherError'), { kind: 'refused', because: 'content' }],
    ['an error of the number', refusal('FailedOperation.PhoneNumberInBlacklist'), { because: 'blocked' }],
    [
      'a limit, until the day in Beijing is over',
      refusal('LimitExceeded.PhoneNumberDailyLimit'),
      // The clock of the test stands at 2026-01-01 08:00 in Beijing.
      { kind: 'deferred', scope: 'address', retryAfterMs: 16 * 3_600_000 + 1_000 },
    ],
    ['an error with HTTP 503', json(503, { Response: { Error: { Code: 'Whatever' } } }), { kind: 'uncertain' }],
    ['an acceptance without id and parts', status({ SerialNo: '', Fee: 0 }), { kind: 'accepted', vendorId: null }],
    ['more than one part', status({ Fee: 3 }), { kind: 'accepted', parts: 3 }],
  ])('understands %s', async (_name, reply, expected) => {
    const { outcome, double } = await stage.outcomeOf(reply);
    expect(outcome).toMatchObject(expected);
    expect(double.requests).toHaveLength(1);
  });

  it.each<[number, string]>([
    [200, '<html>'],
    [200, ''],
    [200, 'null'],
    [200, '{}'],
    [200, '[]'],
    [200, '{"Response":null}'],
    [200, '{"Response":{"SendStatusSet":[]}}'],
    [200, '{"Response":{"SendStatusSet":{"Code":"Ok"}}}'],
    [200, '{"Response":{"SendStatusSet":[{"Code":5}]}}'],
    [200, '{"Response":{"SendStatusSet":["Ok"]}}'],
    [200, '{"Response":{"Error":{"Code":""}}}'],
    [502, '{"Response":{}}'],
  ])('cannot read %i %s, so it does not know', async (code, body) => {
    const { outcome } = await stage.outcomeOf({ status: code, body });
    expect(outcome).toMatchObject({ kind: 'uncertain', code: 'unreadable_answer' });
  });

  it.each([202, 400, 502])('takes "Ok" for an acceptance with HTTP 200 only, not with %i', async (code) => {
    const { outcome } = await stage.outcomeOf(json(code, { Response: { SendStatusSet: [{ Code: 'Ok' }] } }));
    expect(outcome).toMatchObject({ kind: 'uncertain', code: 'unreadable_answer' });
  });

  it('keeps many sends apart', async () => {
    const { double, provider } = await stage.play(accepted);
    const signal = AbortSignal.timeout(5_000);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => provider.send(sampleDelivery, signal)));
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
    expect(double.requests).toHaveLength(50);
  });
});

describe('the settings of tencent', () => {
  const own = { secretId, secretKey, sdkAppId: '1400006666' };
  it('may be just key and application', () => {
    expect(validate(tencent.settings, own)).toEqual({ ok: true, value: { ...own, region: 'ap-guangzhou' } });
  });

  it('name templates of messages that were written for another vendor', async () => {
    const templates = { SMS_154950909: { templateId: '1234', params: ['code', 'minutes'] } };
    expect(validate(tencent.settings, { ...own, templates })).toMatchObject({ ok: true });
    const content = { templateCode: 'SMS_154950909', params: { minutes: '5', code: '012345' } };
    const abroad = { signName: 'Shop', templateId: '77', textParam: 1 };
    expect(validate(tencent.settings, { ...own, abroad })).toMatchObject({ ok: true, value: { abroad } });
    const { double } = await stage.outcomeOf(accepted, { content }, { settings: { ...settings, templates } });
    expect(bodyOf(double.requests[0])).toMatchObject({ TemplateId: '1234', TemplateParamSet: ['012345', '5'] });
  });

  it.each([
    [{}, ['/secretId', '/secretKey', '/sdkAppId']],
    [{ ...own, secret: 'x' }, ['/secret']],
    [{ ...own, secretId: 'a\nb' }, ['/secretId']],
    [{ ...own, sdkAppId: 'app' }, ['/sdkAppId']],
    [{ ...own, region: 'Guangzhou' }, ['/region']],
    [{ ...own, textParam: 1 }, ['/textParam']],
    [{ ...own, textParam: 2, templateId: '1' }, ['/textParam']],
    [{ ...own, templates: { x: { id: '1' } } }, ['/templates/x/id']],
  ])('%j has faults at %j', (given, pointers) => {
    const result = validate(tencent.settings, given);
    expect(!result.ok && result.failure.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('refuse an endpoint with a path', async () => {
    const tools = testTools({ endpoint: new URL('http://127.0.0.1:1/proxy/') });
    await expect(tencent.open(settings, tools)).rejects.toThrow('without a path');
  });
});

it('may send a number what Tencent allows by default', () => {
  expect(quotaFaults(tencent.quotas)).toEqual([]);
  for (const kind of kinds) expect(allowanceOf(tencent, kind)).toEqual(['address, templateCode: 1/30s 10/86400s']);
});
