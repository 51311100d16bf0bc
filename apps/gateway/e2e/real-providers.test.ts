import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type DoubleReply, type SeenRequest, type VendorDouble, vendorDouble } from '@posthorn/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, client, freshEmail, freshToken } from './api.ts';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';
import { type MailServer, mailServer } from './mail-server.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const serviceAccount = JSON.stringify({
  type: 'service_account',
  project_id: 'shop-1',
  private_key_id: 'kid-1',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  client_email: 'sender@shop-1.iam.gserviceaccount.com',
  token_uri: 'https://oauth2.googleapis.com/token',
});

const json = (status: number, body: object): DoubleReply => ({ status, body: JSON.stringify(body) });
const smsOk = json(200, { Code: 'OK', Message: 'OK', RequestId: 'R-1', BizId: '900619746936498440^0' });
const smsError = (code: string, message: string) => json(200, { Code: code, Message: message, RequestId: 'R-2' });
const pushOk = json(200, { name: 'projects/shop-1/messages/0:1500' });

let mail: MailServer;
let aliyun: VendorDouble;
let google: VendorDouble;
let smsReply: (request: SeenRequest) => DoubleReply;
let pushReply: (request: SeenRequest) => DoubleReply;
let gateway: GatewayProcess;
let calls: Client;

const config = () => `
defaults: { region: CN }
channels:
  sms:
    accounts:
      aliyun-main:
        use: aliyun
        accessKeyId: { env: ALIYUN_ID }
        accessKeySecret: { env: ALIYUN_SECRET }
        signName: 示例
        endpoint: ${aliyun.origin}
        timeout: 1s
  email:
    accounts:
      relay: { use: smtp, host: 127.0.0.1, port: ${mail.port}, tls: none, from: "Shop <no-reply@shop.example>" }
  push:
    accounts:
      fcm: { use: fcm, serviceAccount: { env: FCM_ACCOUNT }, endpoint: "${google.origin}", timeout: 1s }
`;
const env = { ALIYUN_ID: 'AKIDc4n4ry', ALIYUN_SECRET: 'SECRETc4n4ry', FCM_ACCOUNT: serviceAccount };

beforeAll(async () => {
  mail = await mailServer();
  aliyun = await vendorDouble({ reply: (request) => smsReply(request) });
  google = await vendorDouble({
    reply: (request) =>
      request.url.endsWith('/token')
        ? json(200, { access_token: 'ya29.c4n4ry', expires_in: 3_599, token_type: 'Bearer' })
        : pushReply(request),
  });
});
// Each test its own gateway: what one vendor plays must not open a breaker that the next test meets.
beforeEach(async () => {
  smsReply = () => smsOk;
  pushReply = () => pushOk;
  gateway = await startGateway({ config: config(), env });
  calls = client(gateway);
});
afterEach(async () => {
  gateway.kill('SIGTERM');
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  expect(gateway.stderr() + gateway.stdout()).not.toMatch(/c4n4ry|BEGIN PRIVATE KEY/);
});
afterAll(async () => {
  await endGateways();
  await Promise.all([mail.close(), aliyun.close(), google.close()]);
});

const sms = { templateCode: 'SMS_154950909', params: { code: '1234' } };
const phone = '+8613800138000';
const attemptsOf = async (id: string) => calls.attempts((await calls.notification(id)).deliveries[0]?.id ?? '');

describe('smtp', () => {
  it('hands over the message that was asked for', async () => {
    const email = freshEmail();
    const { id } = await calls.accepted({
      to: { email },
      content: { title: 'Ihre Bestellung', body: 'Grüße, 您好 📯' },
      email: {
        replyTo: 'help@shop.example',
        attachments: [{ filename: 'note.txt', contentType: 'text/plain', contentBase64: 'SGVsbG8=' }],
      },
    });
    const seen = await calls.settled(id);
    const [delivery] = seen.deliveries;
    expect(delivery).toMatchObject({ status: 'sent', account: 'relay', vendorId: expect.stringMatching(/^Q\d+$/) });
    const [received, ...others] = mail.mails.filter(({ to }) => to.includes(email));
    expect(others).toEqual([]);
    expect(received).toMatchObject({
      from: 'no-reply@shop.example',
      to: [email],
      messageId: `${delivery?.id}@shop.example`,
    });
    const source = received?.source ?? '';
    expect(source).toMatch(/^From: Shop <no-reply@shop\.example>\r$/m);
    expect(source).toMatch(new RegExp(`^To: ${email}\\r$`, 'm'));
    expect(source).toMatch(/^Subject: Ihre Bestellung\r$/m);
    expect(source).toMatch(/^Reply-To: help@shop\.example\r$/m);
    expect(source).toContain('SGVsbG8=');
    expect(source).toContain(Buffer.from('Grüße, 您好 📯').toString('base64'));
  });
});

const isSending = ({ headers }: SeenRequest) => headers['x-acs-action'] === 'SendSms';
const sendings = () => aliyun.requests.filter(isSending).length;
/** What the vendor says of the messages that it was sent since then. */
const detailsOf = (since: number) =>
  json(200, {
    Code: 'OK',
    Message: 'OK',
    TotalCount: '1',
    SmsSendDetailDTOs: {
      SmsSendDetailDTO: aliyun.requests
        .filter(isSending)
        .slice(since)
        .map(({ url }) => ({
          PhoneNum: '13800138000',
          SendStatus: 3,
          ErrCode: 'DELIVERED',
          OutId: new URL(url, 'http://x').searchParams.get('OutId'),
        })),
    },
  });

describe('aliyun', () => {
  it('is sent when the body says OK', async () => {
    const { id } = await calls.accepted({ to: { phone: '138 0013 8000' }, sms });
    const seen = await calls.settled(id);
    expect(seen.deliveries[0]).toMatchObject({ status: 'sent', vendorId: '900619746936498440^0', attempts: 1 });
    const request = aliyun.requests.at(-1);
    const query = new URL(request?.url ?? '', 'http://x').searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      PhoneNumbers: '13800138000',
      SignName: '示例',
      TemplateCode: 'SMS_154950909',
      TemplateParam: '{"code":"1234"}',
      OutId: seen.deliveries[0]?.id,
    });
    expect(request?.headers.authorization).toMatch(/^ACS3-HMAC-SHA256 Credential=AKIDc4n4ry,/);
  });

  it('with rejected credentials falls back to e-mail at once, and the timeline tells it', async () => {
    smsReply = () => json(404, { Code: 'InvalidAccessKeyId.NotFound', Message: 'Specified access key is not found.' });
    const email = freshEmail();
    const { id } = await calls.accepted({
      to: { phone, email },
      channels: ['sms', 'email'],
      content: { body: 'Your code is 1234.' },
      sms,
    });
    const seen = await calls.settled(id, 5_000);
    expect(seen.status).toBe('sent');
    expect(seen.deliveries.map(({ status, account, code }) => [status, account, code])).toEqual([
      ['skipped', 'aliyun-main', 'no_account'],
      ['sent', 'relay', null],
    ]);
    expect(seen.timeline.map(({ type, channel, code }) => [type, channel, code])).toEqual([
      ['notification.accepted', null, null],
      ['delivery.parked', 'sms', 'InvalidAccessKeyId.NotFound'],
      ['delivery.skipped', 'sms', 'no_account'],
      ['delivery.started', 'email', null],
      ['delivery.sent', 'email', null],
    ]);
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'misconfigured', code: 'InvalidAccessKeyId.NotFound' }]);
    expect(mail.mails.filter(({ to }) => to.includes(email))).toHaveLength(1);
  });

  it('with a number that had enough waits for its window, and falls back when `within` has passed', async () => {
    smsReply = () => smsError('isv.BUSINESS_LIMIT_CONTROL', '触发小时级流控Permits:5');
    const email = freshEmail();
    const { id } = await calls.accepted({
      to: { phone, email },
      channels: [{ channel: 'sms', within: '1s' }, 'email'],
      content: { body: 'x' },
      sms,
    });
    const seen = await calls.settled(id);
    expect(seen.deliveries.map(({ status }) => status)).toEqual(['expired', 'sent']);
    expect(seen.timeline.map(({ type }) => type)).toContain('delivery.retrying');
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'deferred', code: 'isv.BUSINESS_LIMIT_CONTROL' }]);
  });

  it('with an error about the message in HTTP 200 fails over at once', async () => {
    smsReply = () => smsError('isv.MOBILE_NUMBER_ILLEGAL', `${phone} is illegal`);
    const email = freshEmail();
    const { id } = await calls.accepted({
      to: { phone, email },
      channels: ['sms', 'email'],
      content: { body: 'x' },
      sms,
    });
    const seen = await calls.settled(id);
    expect(seen.deliveries.map(({ status }) => status)).toEqual(['failed', 'sent']);
    expect(seen.deliveries[0]?.code).toBe('isv.MOBILE_NUMBER_ILLEGAL');
    expect(JSON.stringify([seen, await attemptsOf(id)])).not.toContain('13800138000');
  });

  const broken: readonly (readonly [string, DoubleReply])[] = [
    ['is silent', { fault: 'silent' }],
    ['stalls in its answer', { fault: 'stalled-body' }],
    ['cuts the connection', { fault: 'reset-after-body' }],
    ['pours a gigabyte', { fault: 'huge' }],
    ['answers HTML', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>login</html>' }],
    ['answers an empty body', { status: 200, body: '' }],
    ['answers 502 in HTML', { status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad Gateway</h1>' }],
  ];
  it.each(broken)('that %s leaves an unknown outcome in time, and no second message', async (_name, reply) => {
    smsReply = () => reply;
    const before = sendings();
    const { id } = await calls.accepted({ to: { phone }, sms });
    // The vendor will be asked what became of it before anything else happens.
    await calls.when(id, ({ deliveries }) => deliveries[0]?.status === 'retrying', 5_000);
    const [attempt, ...others] = await attemptsOf(id);
    expect(others).toEqual([]);
    expect(attempt?.outcome).toBe('uncertain');
    expect(attempt?.durationMs).toBeLessThan(2_000);
    expect(sendings() - before).toBe(1);
    expect(residentMiB(gateway)).toBeLessThan(500);
    expect((await gateway.request('GET', '/readyz')).status).toBe(200);
  });

  it('that took a message and cut the connection is asked for it, and tells that it arrived', async () => {
    const before = sendings();
    smsReply = (request) => (isSending(request) ? { fault: 'reset-after-body' } : detailsOf(before));
    const { id } = await calls.accepted({ to: { phone }, sms, guarantee: 'at-most-once' });
    const seen = await calls.when(id, ({ status }) => status === 'delivered', 20_000);
    expect(seen.deliveries).toMatchObject([{ status: 'delivered', account: 'aliyun-main' }]);
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'uncertain' }]);
    expect(sendings() - before).toBe(1);
  });
});

const residentMiB = ({ pid }: GatewayProcess) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;

describe('fcm', () => {
  it('is sent when the message has a name', async () => {
    const token = freshToken();
    const { id } = await calls.accepted({ to: { push: [token] }, content: { title: 'Hello', body: 'You have mail.' } });
    const seen = await calls.settled(id);
    expect(seen.deliveries[0]).toMatchObject({ status: 'sent', vendorId: 'projects/shop-1/messages/0:1500' });
    const request = google.requests.at(-1);
    expect(request?.url).toBe('/v1/projects/shop-1/messages:send');
    expect(request?.headers.authorization).toBe('Bearer ya29.c4n4ry');
    expect(JSON.parse(request?.body.toString() ?? '')).toMatchObject({
      message: { token, notification: { title: 'Hello', body: 'You have mail.' } },
    });
  });

  it('with a token that is gone fails over at once', async () => {
    pushReply = () =>
      json(404, {
        error: {
          code: 404,
          message: 'Requested entity was not found.',
          status: 'NOT_FOUND',
          details: [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: 'UNREGISTERED' }],
        },
      });
    const email = freshEmail();
    const { id } = await calls.accepted({
      to: { push: [freshToken()], email },
      channels: ['push', 'email'],
      content: { body: 'x' },
    });
    const seen = await calls.settled(id);
    expect(seen.deliveries.map(({ status, code }) => [status, code])).toEqual([
      ['failed', 'UNREGISTERED'],
      ['sent', null],
    ]);
  });

  it('that is silent leaves an unknown outcome in time', async () => {
    pushReply = () => ({ fault: 'silent' });
    const { id } = await calls.accepted({
      to: { push: [freshToken()] },
      content: { body: 'x' },
      guarantee: 'at-most-once',
    });
    expect((await calls.settled(id, 5_000)).status).toBe('uncertain');
  });
});
