import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { client } from './api.ts';
import { endGateways, type GatewayProcess, startGateway, temporaryFolder } from './gateway-process.ts';

/** A channel as a stranger writes it: its vendor reports in lines, signs with a shared word and knows only its own ids. */
const plugin = `
export default (posthorn) => posthorn.defineChannel({
  api: 1, name: 'semaphore', addressKey: 'tower', maxAddresses: 1,
  content: posthorn.z.strictObject({ text: posthorn.z.string().optional() }),
  retry: { maxAttempts: 2, baseMs: 1000, capMs: 2000 }, sandbox: {},
  parseAddress: (text) => /^[a-z]+$/.test(text) ? posthorn.ok(text) : posthorn.fail({ code: 'no_tower', detail: 'no tower' }),
  maskAddress: (address) => address[0] + '***',
  render: (neutral, own) => posthorn.ok({ text: own.text ?? neutral.body ?? '' }),
  readReply: (text) => text === 'STOP' ? 'unsubscribe' : null,
  providers: [{
    name: 'chappe', settings: posthorn.z.strictObject({ word: posthorn.z.string() }), secrets: ['word'], endpoint: null,
    onUncertain: 'hold', receiptsBy: 'vendorId',
    async open({ word }) {
      return {
        send: async ({ address }) => ({ kind: 'accepted', vendorId: 'signal-' + address }),
        async readCallback({ headers, body, receivedAt: at }) {
          if (headers['x-word'] !== word) return { kind: 'forged', detail: 'the word is missing' };
          const news = Buffer.from(body).toString().split('\\n').map((line) => {
            const [what, whom] = line.split(' ');
            if (what === 'reply') return { kind: 'reply', from: whom, text: 'STOP', at };
            const receipt = { status: 'delivered', code: 'SEEN', detail: null, at };
            return { kind: 'receipt', delivery: null, vendorId: 'signal-' + whom, receipt, parts: null, part: null, suppress: null };
          });
          return { kind: 'read', news, answer: { status: 202, contentType: 'text/plain', body: 'seen' } };
        },
      };
    },
  }],
});
`;

const word = 'liberty-cap';

async function start(): Promise<GatewayProcess> {
  const folder = temporaryFolder();
  const file = join(folder, 'posthorn.yaml');
  writeFileSync(join(folder, 'semaphore.ts'), plugin);
  writeFileSync(
    file,
    `
server: { publicUrl: "https://notify.example.com/base", trustedProxies: [127.0.0.1] }
channels:
  semaphore: { use: ./semaphore.ts, accounts: { line: { use: chappe, word: ${word} } } }
`,
  );
  return startGateway({ env: { POSTHORN_CONFIG: file } });
}

afterAll(endGateways);

it('a vendor of a plugin reports to the address that the operator was shown, and people are heeded', async () => {
  const gateway = await start();
  const calls = client(gateway);
  interface Shown {
    readonly accounts: readonly { readonly callbackUrl: string }[];
  }
  const [channel] = await calls.list<Shown>('/channels');
  const shown = channel?.accounts[0]?.callbackUrl ?? '';
  expect(shown).toMatch(/^https:\/\/notify\.example\.com\/base\/callbacks\/line\/[\w-]{32}$/);
  const report = (body: string, headers: Readonly<Record<string, string>>) =>
    fetch(shown.replace('https://notify.example.com/base', gateway.url), { method: 'POST', body, headers });

  const message = (kind: string) => ({ to: { tower: 'paris' }, kind, content: { body: 'Lille is ours' } });
  const { id } = await calls.accepted(message('marketing'));
  await calls.settled(id);
  expect((await report('seen paris', { 'x-forwarded-for': '127.0.0.1, 203.0.113.9' })).status).toBe(403);
  expect((await calls.notification(id)).status).toBe('sent');
  const told = await report('seen paris\nreply paris', { 'x-word': word });
  expect([told.status, await told.text()]).toEqual([202, 'seen']);
  expect((await calls.notification(id)).status).toBe('delivered');
  expect((await calls.notify(message('marketing'))).status).toBe(422);
  expect((await calls.notify(message('transactional'))).status).toBe(202);

  const log = gateway.stdout() + gateway.stderr();
  expect(log).toContain('a callback was not taken');
  // Whom the proxy heard, not what was written before it.
  expect(log).toContain('"client":"203.0.113.9"');
  expect(log).not.toContain(shown.split('/').at(-1));
  expect(log).not.toContain('paris');
});
