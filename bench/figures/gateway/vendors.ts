import { generateKeyPairSync } from 'node:crypto';
import type { Figure, Measurement, Run } from '../../figure.ts';
import { bundleGateway } from '../../processes/bundle.ts';
import { startGateway } from '../../processes/gateway.ts';
import { pause, ready, settlingMs } from '../../processes/readiness.ts';
import { residentMemory } from '../../processes/resources.ts';
import { vapidKeys } from '../vapid-keys.ts';

/** What a vendor costs that nobody uses: a gateway with one SMTP account beside one with an account of every vendor. */
export const vendors: Figure = {
  name: 'vendors',
  about:
    'start-up time and memory with an account of SMTP alone, and with one of every vendor: from source, and bundled',
  async measure(run) {
    const bundled = bundleGateway(run);
    const programs = [
      { program: 'from source', options: {} },
      { program: 'bundled', options: { program: bundled } },
    ];
    const configs = [
      { of: 'SMTP alone', config: emailOnly },
      { of: 'every vendor', config: everyVendor() },
    ];
    const contenders = programs.flatMap(({ program, options }) =>
      configs.map(({ of, config }) => ({
        name: `${program}, ${of}`,
        options: { ...options, config },
        rounds: [] as Start[],
      })),
    );
    // The first start reads everything from the disk; what is measured are those after it.
    for (const { options } of contenders) await measureStart(run, options);
    for (let round = 0; round < run.effort.repeats; round++) {
      for (const { options, rounds } of contenders) rounds.push(await measureStart(run, options));
    }
    const measurements = contenders.flatMap(({ name, rounds }): readonly Measurement[] => [
      { what: `${name}: start to a 200 of /readyz`, unit: 'ms', values: rounds.map(({ readyMs }) => readyMs) },
      { what: `${name}: resident memory`, unit: 'MiB', values: rounds.map(({ residentMiB }) => residentMiB) },
      {
        what: `${name}: of it not mapped from files`,
        unit: 'MiB',
        values: rounds.map(({ anonymousMiB }) => anonymousMiB),
      },
    ]);
    return { measurements, counts: [] };
  },
};

interface Start {
  readonly readyMs: number;
  readonly residentMiB: number;
  readonly anonymousMiB: number;
}

async function measureStart(run: Run, options: { readonly config: string; readonly program?: string }): Promise<Start> {
  const start = performance.now();
  const { pid, port, stop } = await startGateway(run, { folder: run.folder(), ...options });
  await ready(port);
  const readyMs = performance.now() - start;
  await pause(settlingMs);
  const { all, anonymous } = residentMemory(pid);
  await stop();
  return { readyMs, residentMiB: all, anonymousMiB: anonymous };
}

const email = `
  email:
    accounts:
      relay: { use: smtp, host: 127.0.0.1, port: 9, tls: none, from: bench@example.com }
`;
const emailOnly = `channels:${email}`;

function everyVendor(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const serviceAccount = JSON.stringify({
    type: 'service_account',
    project_id: 'bench',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'sender@bench.iam.gserviceaccount.com',
  });
  const apple = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const vapid = vapidKeys();
  const sid = `AC${'0'.repeat(32)}`;
  return `${emailOnly}
  sms:
    accounts:
      aliyun: { use: aliyun, accessKeyId: id, accessKeySecret: secret }
      tencent: { use: tencent, secretId: id, secretKey: secret, sdkAppId: "1400000000" }
      huawei: { use: huawei, appKey: key, appSecret: secret, from: "8821" }
      twilio: { use: twilio, accountSid: ${sid}, authToken: token, from: "+15005550006" }
  push:
    accounts:
      fcm: { use: fcm, serviceAccount: ${JSON.stringify(serviceAccount)} }
      apns: { use: apns, teamId: TEAM123456, keyId: KEY1234567, topic: com.example.bench, key: ${JSON.stringify(apple.export({ type: 'pkcs8', format: 'pem' }))} }
      webpush: { use: webpush, publicKey: ${vapid.publicKey}, privateKey: ${vapid.privateKey}, subject: "mailto:bench@example.com" }
  chat:
    accounts:
      dingtalk: { use: dingtalk, url: "https://oapi.dingtalk.com/robot/send?access_token=bench" }
      wecom: { use: wecom, url: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=bench" }
      feishu: { use: feishu, url: "https://open.feishu.cn/open-apis/bot/v2/hook/bench" }
      slack: { use: slack, url: "https://hooks.slack.com/services/T/B/bench" }
  webhook:
    accounts:
      hook: { use: http }
`;
}
