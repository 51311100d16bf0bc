import { createECDH } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, eventually } from '../../api.ts';
import { endGateways, type GatewayProcess, startGateway } from '../../gateway-process.ts';
import { listsRoutes, servedRoutes } from '../../served-routes.ts';
import { openParrots, type Parrots, statuses } from './parrots.ts';
import { accounts, configFor, type Planted, plantedSecrets, secrets } from './vendors.ts';

/** What belongs to people: theirs alone, and of no use to whoever runs the gateway. */
const phone = '+8613812349876';
const token = `c4n4ry${'Q7'.repeat(20)}`;
const code = '7391846205';
const personal: readonly Planted[] = [
  { name: 'the number', text: phone.slice(3) },
  { name: 'the address', text: 'c4n4ry.person@example.com' },
  { name: 'the token', text: token },
  { name: 'the path of the hook', text: 'c4n4ry-hook-path' },
  { name: 'the key of a subscription', text: 'c4n4ry-endpoint' },
  { name: 'the code', text: code },
  { name: 'the title', text: 'c4n4ry-title' },
  { name: 'the text', text: 'c4n4ry-text' },
  { name: 'the file', text: Buffer.from('c4n4ry-file').toString('base64') },
];
/** Of what callers add for themselves, metadata and tags come back to them and stand in no log. */
const labels: readonly Planted[] = [
  { name: 'metadata', text: 'c4n4ry-metadata' },
  { name: 'the tag', text: 'c4n4ry-tag' },
  { name: 'the ordering key', text: 'c4n4ry-order' },
  { name: 'the idempotency key', text: 'c4n4ry-idempotency' },
];

let parrots: Parrots;
let gateway: GatewayProcess;
let calls: Client;
let callbackToken: string;
const ids: string[] = [];
/** All that gateways have written, those that were killed too. */
const written: (() => string)[] = [];

async function start(dataDir?: string): Promise<void> {
  const options = { config: configFor(parrots), env: { ...secrets, ...listsRoutes } };
  gateway = await startGateway(dataDir === undefined ? options : { ...options, dataDir });
  written.push(gateway.stdout, gateway.stderr);
  calls = client(gateway);
}

beforeAll(async () => {
  parrots = await openParrots();
  await start();
  const { body } = await gateway.request('GET', '/channels');
  callbackToken = /\/callbacks\/twilio\/([\w-]{32})/.exec(JSON.stringify(body))?.[1] ?? '';
  for (const status of statuses) {
    parrots.answer(status);
    const sent = await Promise.all(accounts.map(([channel, account]) => send(channel, account)));
    for (const id of sent) await tried(id);
    ids.push(...sent);
  }
  // What a crash leaves is carried on, and told, by the next start.
  const crashed = await Promise.all(accounts.map(([channel, account]) => send(channel, account)));
  gateway.kill('SIGKILL');
  await gateway.exited;
  await start(gateway.dataDir);
  for (const id of crashed) await tried(id);
  ids.push(...crashed);
});
afterAll(async () => {
  await endGateways();
  await parrots.close();
});

const subscription = {
  endpoint: 'https://push.example.com/c4n4ry-endpoint',
  keys: { p256dh: createECDH('prime256v1').generateKeys('base64url'), auth: Buffer.alloc(16, 7).toString('base64url') },
};

async function send(channel: string, account: string): Promise<string> {
  const pushes: Readonly<Record<string, string>> = {
    apns: 'ab'.repeat(32),
    webpush: JSON.stringify(subscription),
  };
  const to: Readonly<Record<string, object>> = {
    sms: { phone },
    email: { email: 'c4n4ry.person@example.com' },
    push: { push: [pushes[account] ?? token] },
    chat: { chat: account },
    webhook: { webhook: `${parrots.web.origin}/c4n4ry-hook-path?key=c4n4ry-hook-path` },
  };
  const own: Readonly<Record<string, object>> = {
    sms: { sms: { templateCode: '1234', params: { '1': code } } },
    email: {
      email: {
        attachments: [
          {
            filename: 'a.txt',
            contentType: 'text/plain',
            contentBase64: Buffer.from('c4n4ry-file').toString('base64'),
          },
        ],
      },
    },
  };
  const body = {
    to: to[channel],
    channels: [{ channel, accounts: [account] }],
    content: { title: 'c4n4ry-title', body: `c4n4ry-text ${code}` },
    ...own[channel],
    metadata: { key: 'c4n4ry-metadata' },
    tags: ['c4n4ry-tag'],
    orderingKey: `c4n4ry-order-${ids.length}-${account}`,
  };
  const headers = {
    'idempotency-key': `c4n4ry-idempotency-${ids.length}-${account}-${Math.random()}`,
    'user-agent': 'c4n4ry-text',
  };
  return (await calls.accepted(body, headers)).id;
}

/** Once its vendor has answered, however: many are to be tried again in minutes. */
function tried(id: string) {
  return eventually(async () => {
    const { deliveries } = await calls.notification(id);
    return deliveries.every(({ status, nextAttemptAt }) => nextAttemptAt !== null || !/^(queued|sending)$/.test(status))
      ? true
      : undefined;
  });
}

/** Which of them are in a text, as they are or in the spelling of URLs, JSON or base64. */
function leaksIn(text: string, planted: readonly Planted[]): readonly string[] {
  const spellings = (one: string) => [
    one,
    encodeURIComponent(one),
    JSON.stringify(one).slice(1, -1),
    Buffer.from(one).toString('base64').slice(0, -4),
  ];
  return planted
    .filter(({ text: one }) => spellings(one).some((spelling) => text.includes(spelling)))
    .map(({ name }) => name);
}

const operators = () => [
  ...plantedSecrets,
  { name: 'the admin key', text: gateway.key },
  { name: 'the root key', text: readFileSync(join(gateway.dataDir, 'posthorn.key'), 'latin1').trim() },
  { name: 'the token of a callback', text: callbackToken },
];

describe('what is secret', () => {
  it('was told to every vendor, or the search would find nothing in any case', () => {
    const heard = parrots.web.requests
      .map(({ url, headers, body }) => `${url} ${JSON.stringify(headers)} ${body.toString()}`)
      .join('\n');
    expect(leaksIn(heard + parrots.mail(), [...plantedSecrets, ...personal])).toEqual(
      expect.arrayContaining([
        'ALIYUN_ID',
        'TENCENT_ID',
        'HUAWEI_KEY',
        'DING_URL',
        'FEISHU_URL',
        'WECOM_URL',
        'SLACK_URL',
        'HOOK_HEADER',
        'the number',
        'the code',
        'the text',
      ]),
    );
  });

  it('is in no answer to a reader, but for addresses of callbacks that an admin asks for', async () => {
    const answers: string[] = [];
    for (const id of ids) {
      const seen = await calls.notification(id);
      answers.push(JSON.stringify(seen));
      for (const delivery of seen.deliveries)
        for (const path of [`/deliveries/${delivery.id}`, `/deliveries/${delivery.id}/attempts`])
          answers.push(JSON.stringify((await gateway.request('GET', path)).body));
    }
    const inbox = '/sandbox/messages';
    const shown = new Set(['/callbacks/:account/:token', '/unsubscribe/:token', inbox]);
    for (const { method, path } of await servedRoutes(gateway)) {
      if (method !== 'GET' || shown.has(path)) continue;
      const { headers, body } = await gateway.request('GET', path.replace(/:\w+/, 'x'));
      const text = JSON.stringify([[...headers], body]);
      answers.push(path === '/channels' ? text.replaceAll(/"callbackUrl":"[^"]*"/g, '') : text);
    }
    for (const answer of answers) expect(leaksIn(answer, [...operators(), ...personal]), answer).toEqual([]);
    // The inbox is there to show what would have been sent, and shows nothing else.
    const kept = JSON.stringify((await gateway.request('GET', inbox)).body);
    expect(leaksIn(kept, operators())).toEqual([]);
  });

  it('is in no answer to what is refused', async () => {
    const bad: readonly (readonly [method: string, path: string, body?: unknown])[] = [
      [
        'POST',
        '/notify',
        {
          to: { phone: `${phone}, ${phone}`, email: 'c4n4ry.person@example.com,x' },
          content: { body: ['c4n4ry-text'] },
          extra: code,
        },
      ],
      ['POST', '/notify', { to: { phone }, sms: { params: { code: { a: code } } }, content: { body: '' } }],
      ['POST', '/notify', `{"to":{"phone":"${phone}"},"content":{"body":"c4n4ry-text ${code}`],
      [
        'POST',
        '/notify/batch',
        { notifications: [{ to: { push: [`${token} ${token}`] }, content: { body: 'c4n4ry-text' } }] },
      ],
      ['GET', `/notifications?address=${encodeURIComponent(`${phone},x`)}`],
      ['GET', `/notifications/${code}-c4n4ry-text`],
      ['PUT', '/suppressions', { channel: 'sms', address: `${phone} c4n4ry-text`, reason: code }],
      ['POST', `/callbacks/twilio/${callbackToken}`, { Body: 'c4n4ry-text', From: phone }],
    ];
    for (const [method, path, body] of bad) {
      const answer = await gateway.request(method, path, body);
      expect(answer.status).toBeGreaterThanOrEqual(path.endsWith('batch') ? 200 : 400);
      expect(leaksIn(JSON.stringify([answer.body, [...answer.headers]]), [...operators(), ...personal])).toEqual([]);
    }
  });

  it('is in no metric', async () => {
    const { body } = await gateway.request<string>('GET', '/metrics');
    expect(body).toContain('posthorn_events_total');
    expect(leaksIn(body, [...operators(), ...personal, ...labels])).toEqual([]);
  });

  it('is in no line that the gateway writes, at the most talkative, over a crash', () => {
    const text = written.map((read) => read()).join('\n');
    expect(text).toContain('delivery.');
    expect(leaksIn(text, [...operators(), ...personal, ...labels])).toEqual([]);
  });

  it('is in no name or command line of the process', () => {
    const text = ['cmdline', 'comm', 'status']
      .map((name) => readFileSync(`/proc/${gateway.pid}/${name}`, 'utf8'))
      .join('\n');
    expect(leaksIn(text, [...operators(), ...personal, ...labels])).toEqual([]);
  });

  it('is behind no debugger that another process could ask for', async () => {
    process.kill(gateway.pid, 'SIGUSR1');
    expect((await gateway.request('GET', '/readyz')).status).toBe(200);
    expect(gateway.stderr()).not.toContain('Debugger listening');
  });

  it("of the vendors' is in no file of the data directory", () => {
    expect(leaksIn(filesOf(gateway.dataDir), plantedSecrets)).toEqual([]);
    expect(leaksIn(filesOf(gateway.dataDir), [{ name: 'the admin key', text: gateway.key }])).toEqual([]);
  });

  it('of people is in no file of the data directory', () => {
    expect(leaksIn(filesOf(gateway.dataDir), [...personal, ...labels])).toEqual([]);
  });
});

/** The store with its WAL, and whatever else is there. */
function filesOf(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
    .join('\n');
}
