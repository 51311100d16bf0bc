import { createECDH, generateKeyPairSync } from 'node:crypto';
import type { Parrots } from './parrots.ts';

/** Nothing of this may come out of the gateway but to its vendor. */
export interface Planted {
  readonly name: string;
  readonly text: string;
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const rsaPem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const applePem = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const vapid = createECDH('prime256v1');
vapid.generateKeys();
const vapidPrivate = vapid.getPrivateKey().toString('base64url').padStart(43, 'A');

/** A line out of the middle of a key. */
const middleOf = (pem: string) => pem.split('\n')[2] ?? '';
const canary = (name: string) => `c4n4ry-${name}-3f9a71c2`;

/** The secrets of the accounts of every vendor, by the name of the variable that they are in. */
export const secrets: Readonly<Record<string, string>> = {
  ALIYUN_ID: canary('aliyun-id'),
  ALIYUN_SECRET: canary('aliyun-secret'),
  TENCENT_ID: canary('tencent-id'),
  TENCENT_KEY: canary('tencent-key'),
  HUAWEI_KEY: canary('huawei-key'),
  HUAWEI_SECRET: canary('huawei-secret'),
  TWILIO_TOKEN: canary('twilio-token'),
  TWILIO_SECRET: canary('twilio-secret'),
  SMTP_PASSWORD: canary('smtp-password'),
  DKIM_KEY: rsaPem,
  FCM_ACCOUNT: JSON.stringify({
    type: 'service_account',
    project_id: 'shop-1',
    private_key_id: 'kid-1',
    private_key: rsaPem,
    client_email: 'sender@shop-1.iam.gserviceaccount.com',
    token_uri: 'https://oauth2.googleapis.com/token',
  }),
  APNS_KEY: applePem,
  VAPID_KEY: vapidPrivate,
  DING_URL: `https://oapi.dingtalk.com/robot/send?access_token=${canary('ding-url')}`,
  DING_SECRET: canary('ding-secret'),
  FEISHU_URL: `https://open.feishu.cn/open-apis/bot/v2/hook/${canary('feishu-url')}`,
  FEISHU_SECRET: canary('feishu-secret'),
  WECOM_URL: `https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=${canary('wecom-url')}`,
  SLACK_URL: `https://hooks.slack.com/services/T/B/${canary('slack-url')}`,
  HOOK_SECRET: `whsec_${Buffer.from('c4n4ry hook secret 123456').toString('base64')}`,
  HOOK_HEADER: `Bearer ${canary('hook-header')}`,
};

/** What is looked for of each: of keys a part, since nobody would repeat them whole. */
export const plantedSecrets: readonly Planted[] = Object.entries(secrets).map(([name, secret]) => ({
  name,
  text: secret.includes('PRIVATE KEY')
    ? middleOf(secret.replaceAll('\\n', '\n'))
    : (/c4n4ry-[\w-]+/.exec(secret)?.[0] ?? secret),
}));

/** The accounts that send something, and to what kind of address. */
export const accounts: readonly (readonly [channel: string, account: string])[] = [
  ...['aliyun', 'tencent', 'huawei', 'twilio', 'sandbox'].map((name) => ['sms', name] as const),
  ...['smtp', 'sandbox'].map((name) => ['email', name] as const),
  ...['fcm', 'apns', 'webpush', 'sandbox'].map((name) => ['push', name] as const),
  ...['dingtalk', 'feishu', 'wecom', 'slack'].map((name) => ['chat', name] as const),
  ...['hook', 'sandbox'].map((name) => ['webhook', name] as const),
];

export function configFor({ web, mailPort }: Parrots): string {
  const { origin } = web;
  const at = `endpoint: "${origin}", timeout: 2s`;
  return `
server: { publicUrl: "https://notify.example.com" }
egress: { allow: [127.0.0.1] }
channels:
  sms:
    route: { default: [sandbox] }
    accounts:
      sandbox: { use: sandbox }
      aliyun: { use: aliyun, accessKeyId: { env: ALIYUN_ID }, accessKeySecret: { env: ALIYUN_SECRET }, signName: Shop, ${at} }
      tencent: { use: tencent, secretId: { env: TENCENT_ID }, secretKey: { env: TENCENT_KEY }, sdkAppId: "1400000000", signName: Shop, ${at} }
      huawei: { use: huawei, appKey: { env: HUAWEI_KEY }, appSecret: { env: HUAWEI_SECRET }, from: "8820032023657", ${at} }
      twilio: { use: twilio, accountSid: AC00000000000000000000000000000001, authToken: { env: TWILIO_TOKEN }, apiKeySid: SK00000000000000000000000000000001, apiKeySecret: { env: TWILIO_SECRET }, from: "+15005550006", ${at} }
  email:
    route: { default: [sandbox] }
    accounts:
      sandbox: { use: sandbox }
      smtp: { use: smtp, host: 127.0.0.1, port: ${mailPort}, tls: none, username: shop, password: { env: SMTP_PASSWORD }, from: "Shop <no-reply@shop.example>", dkim: { domain: shop.example, selector: s1, privateKey: { env: DKIM_KEY } }, timeout: 2s }
  push:
    route: { default: [sandbox] }
    accounts:
      sandbox: { use: sandbox }
      fcm: { use: fcm, serviceAccount: { env: FCM_ACCOUNT }, ${at} }
      apns: { use: apns, teamId: ABCDE12345, keyId: ABCDE12345, key: { env: APNS_KEY }, topic: com.example.shop, ${at} }
      webpush: { use: webpush, publicKey: "${vapid.getPublicKey('base64url')}", privateKey: { env: VAPID_KEY }, subject: "mailto:a@shop.example", ${at} }
  chat:
    accounts:
      dingtalk: { use: dingtalk, url: { env: DING_URL }, secret: { env: DING_SECRET }, ${at} }
      feishu: { use: feishu, url: { env: FEISHU_URL }, secret: { env: FEISHU_SECRET }, ${at} }
      wecom: { use: wecom, url: { env: WECOM_URL }, ${at} }
      slack: { use: slack, url: { env: SLACK_URL }, ${at} }
  webhook:
    route: { default: [sandbox] }
    accounts:
      sandbox: { use: sandbox }
      hook: { use: http, secret: { env: HOOK_SECRET }, headers: { Authorization: { env: HOOK_HEADER } }, timeout: 2s }
`;
}
