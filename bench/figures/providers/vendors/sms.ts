import { createHash, createHmac, randomUUID } from 'node:crypto';
import { ours } from '../ours.ts';
import { bareFetch, type Contender, jsonScript, type Race } from '../race.ts';

const content = { templateCode: 'SMS_1', signName: 'Bench', params: { code: '123456' } };
const numbered = { templateCode: '1', signName: 'Bench', params: { 1: '123456' } };
const phone = (number: number) => `+861${String(3_000_000_000 + number)}`;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

async function provider(name: string, settings: object, port: number, what: object): Promise<Contender> {
  const { default: channel } = await import('@posthorn/channel-sms');
  const endpoint = `http://127.0.0.1:${port}`;
  return ours({ channel, provider: name, settings, endpoint, address: phone, content: what });
}

const aliyun: Race = {
  name: 'aliyun',
  beside: 'its SDK',
  goal: 'provider-aliyun',
  vendor: jsonScript({ Code: 'OK', Message: 'OK', RequestId: 'AC0B4F6E-0000-0000-0000-000000000000', BizId: '1^0' }),
  async open(port) {
    const [{ default: sdk }, { $OpenApiUtil }] = await Promise.all([
      import('@alicloud/dysmsapi20170525'),
      import('@alicloud/openapi-core'),
    ]);
    const keys = { accessKeyId: 'id', accessKeySecret: 'secret' };
    const config = { ...keys, regionId: 'cn-hangzhou', endpoint: `127.0.0.1:${port}`, protocol: 'http' };
    const client = new sdk.default(new $OpenApiUtil.Config({ ...config, connectTimeout: 15_000, readTimeout: 15_000 }));
    const bare: Contender = {
      async send(number) {
        const request = {
          phoneNumbers: phone(number).slice('+86'.length),
          signName: content.signName,
          templateCode: content.templateCode,
          templateParam: JSON.stringify(content.params),
          outId: randomUUID(),
        };
        const { body } = await client.sendSms(new sdk.SendSmsRequest(request));
        if (body?.code !== 'OK') throw new Error(`the double answered ${body?.code}`);
      },
      close: () => Promise.resolve(),
    };
    return { bare, ours: await provider('aliyun', keys, port, content) };
  },
};

const tencent: Race = {
  name: 'tencent',
  beside: 'signed fetch',
  goal: 'provider-tencent',
  vendor: jsonScript({
    Response: {
      SendStatusSet: [
        { SerialNo: '1', PhoneNumber: '', Fee: 1, SessionContext: '', Code: 'Ok', Message: 'send success' },
      ],
      RequestId: 'a0aabda6-cf91-4f3e-a81f-9198114a2279',
    },
  }),
  async open(port) {
    const host = `127.0.0.1:${port}`;
    const bare = bareFetch(
      (number) => {
        const message = { PhoneNumberSet: [phone(number)], SmsSdkAppId: '1400000000', TemplateId: '1' };
        const body = JSON.stringify({ ...message, SignName: 'Bench', TemplateParamSet: ['123456'] });
        const timestamp = Math.floor(Date.now() / 1_000);
        const day = new Date(timestamp * 1_000).toISOString().slice(0, 10);
        const canonical = `POST\n/\n\ncontent-type:application/json\nhost:${host}\n\ncontent-type;host\n${sha256(body)}`;
        const text = `TC3-HMAC-SHA256\n${timestamp}\n${day}/sms/tc3_request\n${sha256(canonical)}`;
        const key = hmac(hmac(hmac('TC3secret', day), 'sms'), 'tc3_request');
        const signed = `Credential=id/${day}/sms/tc3_request, SignedHeaders=content-type;host, Signature=${hmac(key, text).toString('hex')}`;
        const headers = {
          'content-type': 'application/json',
          'x-tc-action': 'SendSms',
          'x-tc-version': '2021-01-11',
          'x-tc-region': 'ap-guangzhou',
          'x-tc-timestamp': String(timestamp),
          authorization: `TC3-HMAC-SHA256 ${signed}`,
        };
        return { url: `http://${host}/`, init: { headers, body } };
      },
      (answer) => JSON.parse(answer).Response.SendStatusSet[0].Code === 'Ok',
    );
    const settings = { secretId: 'id', secretKey: 'secret', sdkAppId: '1400000000' };
    return { bare, ours: await provider('tencent', settings, port, numbered) };
  },
};

const huawei: Race = {
  name: 'huawei',
  beside: 'signed fetch',
  goal: 'provider-huawei',
  vendor: jsonScript({
    result: [{ originTo: '', createTime: '2026-01-01T00:00:00Z', from: '8821', smsMsgId: '1', status: '000000' }],
    code: '000000',
    description: 'Success',
  }),
  async open(port) {
    const host = `127.0.0.1:${port}`;
    const path = '/sms/batchSendSms/v1';
    const bare = bareFetch(
      (number) => {
        const message = { from: '8821', to: phone(number), templateId: '1', templateParas: '["123456"]' };
        const body = new URLSearchParams({ ...message, extend: randomUUID() }).toString();
        const date = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
        const form = 'application/x-www-form-urlencoded';
        const names = 'content-type;host;x-sdk-date';
        const lines = `content-type:${form}\nhost:${host}\nx-sdk-date:${date}\n`;
        const canonical = `POST\n${path}/\n\n${lines}\n${names}\n${sha256(body)}`;
        const signature = hmac('secret', `SDK-HMAC-SHA256\n${date}\n${sha256(canonical)}`).toString('hex');
        const authorization = `SDK-HMAC-SHA256 Access=key, SignedHeaders=${names}, Signature=${signature}`;
        const headers = { 'content-type': form, 'x-sdk-date': date, authorization };
        return { url: `http://${host}${path}`, init: { headers, body } };
      },
      (answer) => JSON.parse(answer).result[0].status === '000000',
    );
    const settings = { appKey: 'key', appSecret: 'secret', from: '8821' };
    return { bare, ours: await provider('huawei', settings, port, numbered) };
  },
};

const sid = `AC${'0'.repeat(32)}`;

const twilio: Race = {
  name: 'twilio',
  beside: 'fetch',
  goal: 'provider-twilio',
  vendor: jsonScript({ sid: `SM${'0'.repeat(32)}`, status: 'queued', num_segments: '1', error_code: null }, 201),
  async open(port) {
    const url = `http://127.0.0.1:${port}/2010-04-01/Accounts/${sid}/Messages.json`;
    const authorization = `Basic ${Buffer.from(`${sid}:token`).toString('base64')}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization };
    const text = 'Your code is 123456';
    const bare = bareFetch(
      (number) => {
        const form = new URLSearchParams({ To: phone(number), From: '+15005550006', Body: text });
        return { url, init: { headers, body: form.toString() } };
      },
      (answer) => JSON.parse(answer).error_code === null,
    );
    const settings = { accountSid: sid, authToken: 'token', from: '+15005550006' };
    return { bare, ours: await provider('twilio', settings, port, { text }) };
  },
};

export const smsRaces: readonly Race[] = [aliyun, tencent, huawei, twilio];
