import { type DoubleReply, type VendorDouble, vendorDouble } from '@posthorn/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, client, type Delivery } from './api.ts';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';

const publicUrl = 'https://notify.example.com';
const json = (body: object): DoubleReply => ({ status: 200, body: JSON.stringify(body) });

/** Its number has had as many messages this hour as it allows. */
const limited = json({
  Code: 'isv.BUSINESS_LIMIT_CONTROL',
  Message: '触发小时级流控Permits:5',
  RequestId: 'F655A8D5-B967-440B-8683-DAD6FF8DE990',
});
const serial = '5000:1045710669157053657849499619';
const taken = json({
  Response: {
    SendStatusSet: [{ SerialNo: serial, PhoneNumber: '+8613800138000', Fee: 2, Code: 'Ok', Message: 'send success' }],
    RequestId: 'a0aabda6-cf91-4f3e-a81f-9198114a2279',
  },
});

let aliyun: VendorDouble;
let tencent: VendorDouble;
let gateway: GatewayProcess;
let calls: Client;

beforeAll(async () => {
  aliyun = await vendorDouble({ reply: () => limited });
  tencent = await vendorDouble({ reply: () => taken });
  const config = `
server: { publicUrl: "${publicUrl}" }
channels:
  sms:
    accounts:
      first: { use: aliyun, accessKeyId: a, accessKeySecret: b, signName: 示例, endpoint: "${aliyun.origin}" }
      second:
        use: tencent
        secretId: a
        secretKey: b
        sdkAppId: "1400006666"
        signName: 示例
        endpoint: "${tencent.origin}"
        templates: { SMS_154950909: { templateId: "1234", params: [code, minutes] } }
`;
  gateway = await startGateway({ config });
  calls = client(gateway);
});
afterAll(async () => {
  await endGateways();
  await Promise.all([aliyun.close(), tencent.close()]);
});

/** What the vendor posts to the address that the operator gave it. */
async function report(account: string, body: unknown): Promise<readonly [number, string]> {
  interface Shown {
    readonly name: string;
    readonly callbackUrl: string | null;
  }
  const channels = await calls.list<{ readonly accounts: readonly Shown[] }>('/channels');
  const shown = channels.flatMap(({ accounts }) => accounts).find(({ name }) => name === account);
  const url = (shown?.callbackUrl ?? '').replace(publicUrl, gateway.url);
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  return [answer.status, await answer.text()];
}

it('a number that had enough of Aliyun is written to by Tencent, whose receipt says that it arrived', async () => {
  const { id } = await calls.accepted({
    to: { phone: '+8613800138000' },
    kind: 'otp',
    content: { body: 'x'.repeat(71) },
    sms: { templateCode: 'SMS_154950909', params: { minutes: '5', code: '012345' } },
  });
  const sent = await calls.settled(id);
  expect(sent.deliveries.map(({ account, status, code }) => [account, status, code])).toEqual([
    ['second', 'sent', null],
  ]);
  expect(aliyun.requests).toHaveLength(1);
  expect(tencent.requests).toHaveLength(1);
  const [delivery] = sent.deliveries;
  expect(JSON.parse(String(tencent.requests[0]?.body))).toMatchObject({
    PhoneNumberSet: ['+8613800138000'],
    TemplateId: '1234',
    TemplateParamSet: ['012345', '5'],
    SessionContext: delivery?.id,
  });
  expect(await calls.attempts(delivery?.id ?? '')).toMatchObject([
    { account: 'first', outcome: 'deferred', code: 'isv.BUSINESS_LIMIT_CONTROL' },
    { account: 'second', outcome: 'accepted' },
  ]);

  const status = {
    user_receive_time: '2026-01-01 08:03:04',
    nationcode: '86',
    mobile: '13800138000',
    report_status: 'SUCCESS',
    errmsg: 'DELIVRD',
    description: '用户短信送达成功',
    sid: serial,
  };
  expect(await report('second', [status])).toEqual([200, '{"result":0,"errmsg":"OK"}']);
  // Vendors repeat themselves.
  expect(await report('second', [status, status])).toEqual([200, '{"result":0,"errmsg":"OK"}']);

  const told = await calls.when(id, (seen) => seen.status === 'delivered');
  const story = told.timeline.map(({ type, account, code }) => [type, account, code]);
  expect(story).toEqual([
    ['notification.accepted', null, null],
    ['delivery.rerouted', 'second', 'isv.BUSINESS_LIMIT_CONTROL'],
    ['delivery.sent', 'second', null],
    ['delivery.delivered', 'second', 'DELIVRD'],
  ]);
  const { body } = await gateway.request<Delivery & { readonly parts: number; readonly estimate: object }>(
    'GET',
    `/deliveries/${delivery?.id}`,
  );
  expect(body).toMatchObject({ status: 'delivered', vendorId: serial, parts: 2, estimate: { parts: 2 } });
  expect(JSON.stringify([told, body])).not.toContain('13800138000');
});
