import { deliveryId, idMint, type OutgoingDelivery, type Provider } from '@posthorn/core';
import {
  type DoubleReply,
  manualClock,
  type ProviderFixture,
  providerContract,
  runContract,
  type SeenRequest,
  testTools,
  type VendorDouble,
  type VendorMood,
  vendorDouble,
} from '@posthorn/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { verifyAcs3 } from '../../../doubles/acs3.ts';
import type { SmsContent } from '../../content.ts';
import { type AliyunSettings, aliyun } from './aliyun.ts';

const accessKeyId = 'AKIDcanary';
const accessKeySecret = 'SECRETcanary';
const settings: AliyunSettings = { accessKeyId, accessKeySecret, signName: '示例', regionId: 'cn-hangzhou' };
const notification = idMint().notification(Date.UTC(2026, 0, 1));
const delivery: OutgoingDelivery<SmsContent> = {
  id: deliveryId(notification, 1),
  notification,
  channel: 'sms',
  address: '+8613800138000',
  content: { templateCode: 'SMS_154950909', params: { code: '482913', name: "Zoë !*'()~+&= 李" } },
  attempt: 1,
  kind: 'otp',
  priority: 'critical',
  expiresAt: null,
};

/** A request of the SDK 4.6.0 as it was captured on the wire. */
const captured: SeenRequest = {
  method: 'POST',
  url: '/?OutId=out-1&PhoneNumbers=13800138000&SignName=%E9%98%BF%E9%87%8C%E4%BA%91&TemplateCode=SMS_154950909&TemplateParam=%7B%22code%22%3A%221234%22%7D',
  headers: {
    host: '127.0.0.1:41215',
    'x-acs-version': '2017-05-25',
    'x-acs-action': 'SendSms',
    'x-acs-date': '2026-11-23T05:30:37Z',
    'x-acs-signature-nonce': '7f7c1c837c6e79d91e1480901d470b097781428101e907434487edb5bbb97918',
    'x-acs-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'x-acs-credentials-provider': 'static_ak',
    authorization:
      'ACS3-HMAC-SHA256 Credential=AKID,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature=2197deb1c054b23bef0305d5863cd6311708ab0dbc13984406ea837b39d6fdd8',
  },
  body: Buffer.alloc(0),
};

function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): DoubleReply {
  return { status, headers, body: JSON.stringify(body) };
}
const accepted = json(200, { Message: 'OK', RequestId: 'R-1', Code: 'OK', BizId: '900619746936498440^0' });
const business = (code: string, message = 'because') => json(200, { Code: code, Message: message, RequestId: 'R-2' });
const gateway = (status: number, code: string, headers?: Readonly<Record<string, string>>) =>
  json(status, { Code: code, Message: 'because', RequestId: 'R-3', HostId: 'h', Recommend: 'u' }, headers);

const replies: Readonly<Record<VendorMood, DoubleReply>> = {
  accepts: accepted,
  'refuses-address': business('isv.MOBILE_NUMBER_ILLEGAL', '13800138000 is not a number for 482913'),
  'refuses-content': business('isv.SMS_TEMPLATE_ILLEGAL', "模板 Zoë !*'()~+&= 李 482913"),
  'rejects-credentials': gateway(404, 'InvalidAccessKeyId.NotFound'),
  throttles: gateway(400, 'Throttling.User', { 'x-acs-retry-after': '1500' }),
  'fails-inside': gateway(500, 'InternalError'),
  'says-html': { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad Gateway</html>' },
  'resets-before-body': { fault: 'reset-after-body' },
  'resets-after-body': { fault: 'reset-after-body' },
  silent: { fault: 'silent' },
  'stalls-in-body': { fault: 'stalled-body' },
  'huge-answer': { fault: 'huge' },
  'not-listening': accepted,
};

const open: (VendorDouble | Provider<SmsContent>)[] = [];
async function closeAll(): Promise<void> {
  for (const one of open.splice(0).toReversed()) await one.close?.();
}
/** Nothing listens on its port any more. */
async function stop(double: VendorDouble): Promise<void> {
  open.splice(open.indexOf(double), 1);
  await double.close();
}
afterEach(closeAll);

async function play(
  reply: DoubleReply,
  { cutsEarly = false, own = settings, timeoutMs = 1_500, clock = manualClock() } = {},
) {
  const verified: string[] = [];
  const double = await vendorDouble({
    reply(request) {
      verified.push(verifyAcs3(request, accessKeySecret));
      return verified.at(-1) === 'ok' ? reply : gateway(400, 'SignatureDoesNotMatch');
    },
    cutsEarly: () => cutsEarly,
  });
  open.push(double);
  const tools = testTools({ endpoint: new URL(double.origin), timeoutMs, clock });
  const provider = await aliyun.open(own, tools);
  open.push(provider);
  return { double, provider, tools, verified };
}

function send(provider: Provider<SmsContent>, over: Partial<OutgoingDelivery<SmsContent>> = {}, ms = 1_500) {
  return provider.send({ ...delivery, ...over }, AbortSignal.timeout(ms));
}

describe('aliyun keeps the contract of a provider', () => {
  runContract(
    providerContract<SmsContent>({
      accepts: ['accepted'],
      'refuses-address': ['refused'],
      'refuses-content': ['refused'],
      'rejects-credentials': ['misconfigured'],
      throttles: ['deferred'],
      'fails-inside': ['deferred'],
      'says-html': ['uncertain'],
      'resets-before-body': ['uncertain'],
      'resets-after-body': ['uncertain'],
      silent: ['uncertain'],
      'stalls-in-body': ['uncertain'],
      'huge-answer': ['uncertain'],
      'not-listening': ['deferred'],
    }),
    {
      runner: { test: it, skip: it.skip },
      open: async () => ({
        async enter(mood: VendorMood, timeoutMs: number): Promise<ProviderFixture<SmsContent>> {
          const { double, provider, tools } = await play(replies[mood], {
            cutsEarly: mood === 'resets-before-body',
            timeoutMs,
          });
          if (mood === 'not-listening') await stop(double);
          return {
            provider,
            delivery,
            asked: () => double.requests.length,
            key: () => new URL(double.requests.at(-1)?.url ?? '', 'http://double').searchParams.get('OutId'),
            canaries: [accessKeyId, accessKeySecret, '13800138000', '482913', 'Zoë'],
            logged: () => tools.log.text(),
          };
        },
      }),
      close: closeAll,
    },
  );
});

describe('the double', () => {
  it('accepts the captured request, and no other signature', () => {
    expect(verifyAcs3(captured, 'SECRET')).toBe('ok');
    expect(verifyAcs3(captured, 'SECRETx')).toBe('SignatureDoesNotMatch');
    expect(verifyAcs3({ ...captured, url: captured.url.replace('1234', '4321') }, 'SECRET')).toBe(
      'SignatureDoesNotMatch',
    );
    expect(verifyAcs3({ ...captured, body: Buffer.from('x') }, 'SECRET')).toBe('SignatureDoesNotMatch');
    expect(verifyAcs3({ ...captured, headers: {} }, 'SECRET')).toBe('IncompleteSignature');
  });
});

describe('aliyun, end to end with its SDK', () => {
  it('sends what it is given, signed', async () => {
    const { double, provider, verified } = await play(accepted);
    expect(await send(provider)).toEqual({ kind: 'accepted', vendorId: '900619746936498440^0' });
    expect(verified).toEqual(['ok']);
    const [request] = double.requests;
    expect(Object.fromEntries(new URL(request?.url ?? '', 'http://double').searchParams)).toEqual({
      OutId: delivery.id,
      PhoneNumbers: '13800138000',
      SignName: '示例',
      TemplateCode: 'SMS_154950909',
      TemplateParam: JSON.stringify(delivery.content.params),
    });
    expect(request?.headers).toMatchObject({ 'x-acs-action': 'SendSms', 'x-acs-version': '2017-05-25' });
  });

  it('is rejected with a wrong secret', async () => {
    const { provider, verified } = await play(accepted, { own: { ...settings, accessKeySecret: 'wrong' } });
    expect(await send(provider)).toMatchObject({ kind: 'misconfigured', code: 'SignatureDoesNotMatch' });
    expect(verified).toEqual(['SignatureDoesNotMatch']);
  });

  it.each<[string, DoubleReply, object]>([
    ['an unsubscribed number', business('isv.CUSTOMER_REFUSED'), { kind: 'refused', because: 'blocked' }],
    [
      'the limit of a minute',
      business('isv.BUSINESS_LIMIT_CONTROL', '触发分钟级流控Permits:1'),
      { kind: 'deferred', scope: 'address', retryAfterMs: 61_000 },
    ],
    [
      'the same as an HTTP error',
      json(400, { Code: 'isv.BUSINESS_LIMIT_CONTROL', Message: '触发小时级流控Permits:5', RequestId: 'R' }),
      { kind: 'deferred', scope: 'address', retryAfterMs: 3_601_000 },
    ],
    ['an unknown key', gateway(404, 'InvalidAccessKeyId.NotFound'), { kind: 'misconfigured' }],
    [
      'throttling',
      gateway(400, 'Throttling.User', { 'x-acs-retry-after': '1500' }),
      { kind: 'deferred', scope: 'account', retryAfterMs: 1_500 },
    ],
    ['throttling without a wait', gateway(429, 'Throttling'), { kind: 'deferred', retryAfterMs: null }],
    ['an outage', gateway(503, 'ServiceUnavailable'), { kind: 'deferred', scope: 'account' }],
    ['an unknown fault inside', gateway(500, 'Whatever'), { kind: 'uncertain', code: 'Whatever' }],
    ['an acceptance without an id', json(200, { Code: 'OK' }), { kind: 'accepted', vendorId: null }],
  ])('understands %s', async (_name, reply, outcome) => {
    const { double, provider } = await play(reply);
    expect(await send(provider)).toMatchObject(outcome);
    expect(double.requests).toHaveLength(1);
  });

  it.each([
    [502, '<html>'],
    [200, '<html>'],
    [200, ''],
    [200, '{}'],
    [200, 'null'],
    [200, '{"Code":5}'],
    [503, '{}'],
    [400, 'null'],
  ])('cannot read %i %s, so it does not know', async (status, body) => {
    const { provider } = await play({ status, body });
    expect(await send(provider)).toMatchObject({ kind: 'uncertain', code: 'unreadable_answer' });
  });

  it('logs a code that no list has, and nothing of the message', async () => {
    const { provider, tools } = await play(business('isv.BRAND_NEW', '482913'));
    expect(await send(provider)).toMatchObject({ kind: 'refused', code: 'isv.BRAND_NEW' });
    expect(tools.log.text()).toContain('isv.BRAND_NEW');
  });

  it('knows that nothing was sent when nobody listens', async () => {
    const { double, provider } = await play(accepted);
    await stop(double);
    expect(await send(provider)).toMatchObject({ kind: 'deferred', scope: 'account', code: 'econnrefused' });
  });

  it('does not ask without a template, nor after its time', async () => {
    const { double, provider } = await play(accepted);
    expect(await send(provider, { content: { text: 'Hi' } })).toMatchObject({ code: 'template_missing' });
    expect(await provider.send(delivery, AbortSignal.abort())).toMatchObject({ kind: 'deferred', code: 'aborted' });
    expect(double.requests).toHaveLength(0);
  });

  it('cuts a huge answer off long before its time', async () => {
    const { provider } = await play({ fault: 'huge' }, { timeoutMs: 10_000 });
    const start = performance.now();
    expect(await send(provider, {}, 10_000)).toMatchObject({ kind: 'uncertain' });
    expect(performance.now() - start).toBeLessThan(3_000);
  });

  it('ends a stalled answer and a silent vendor with its own time too, on connections that were used before', async () => {
    let reply: DoubleReply = accepted;
    const double = await vendorDouble({ reply: () => reply });
    open.push(double);
    const provider = await aliyun.open(settings, testTools({ endpoint: new URL(double.origin), timeoutMs: 300 }));
    open.push(provider);
    for (const fault of ['stalled-body', 'silent'] as const) {
      reply = accepted;
      expect(await send(provider)).toMatchObject({ kind: 'accepted' });
      reply = { fault };
      const start = performance.now();
      expect(await send(provider, {}, 600)).toMatchObject({ kind: 'uncertain' });
      expect(performance.now() - start).toBeLessThan(1_000);
    }
  });

  it('keeps many sends apart', async () => {
    const { double, provider } = await play(accepted);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => send(provider)));
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
    expect(double.requests).toHaveLength(50);
  });
});
