import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { type Accepted, client, freshEmail, freshPhone, freshToken, type SandboxMessage } from './api.ts';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';

afterAll(endGateways);
const shell = promisify(execFile);

const curlOf = (gateway: GatewayProcess) => /^ *(curl .*)$/m.exec(gateway.stdout())?.[1] ?? 'no curl line';

describe('a first start without any file', () => {
  it('prints where it listens, one key and a curl that works as printed', async () => {
    const gateway = await startGateway({ adminKey: null });
    const lines = gateway.stdout().trimEnd().split('\n');
    expect(lines[0]).toMatch(/^posthorn listening on http:\/\/127\.0\.0\.1:\d+$/);
    const keys = new Set(gateway.stdout().match(/phk_\S+?(?=["\s])/g));
    expect(keys.size).toBe(1);
    expect(gateway.key).toBe(readFileSync(join(gateway.dataDir, 'admin.key'), 'utf8').trim());

    const { stdout } = await shell('/bin/sh', ['-c', curlOf(gateway)]);
    const answer = JSON.parse(stdout) as Accepted;
    expect(answer).toMatchObject({ id: expect.stringMatching(/^ntf_/), status: 'accepted' });
    const seen = await client(gateway).settled(answer.id);
    expect(seen).toMatchObject({
      status: 'sent',
      deliveries: [{ channel: 'sms', account: 'sandbox', status: 'sent' }],
    });
  });

  it('keeps what it stores from other users of the machine', async () => {
    const { dataDir } = await startGateway({ adminKey: null });
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    for (const file of ['admin.key', 'posthorn.key', 'posthorn.db', 'posthorn.db-wal', 'posthorn.db-shm']) {
      expect([file, statSync(join(dataDir, file)).mode & 0o777]).toEqual([file, 0o600]);
    }
  });

  it('has one sandbox account on each of sms, email and push, whose messages can be read', async () => {
    const gateway = await startGateway();
    const { accepted, settled, list } = client(gateway);
    const [phone, email, token] = [freshPhone(), freshEmail(), freshToken()];
    const content = { title: 'Your parcel', body: 'It is here.', url: 'https://example.com/p/1' };
    for (const to of [{ phone }, { email }, { push: [token] }]) await settled((await accepted({ to, content })).id);
    const messages = await list<SandboxMessage>('/sandbox/messages');
    expect(messages.map(({ channel, account, to, content: kept }) => ({ channel, account, to, kept }))).toEqual([
      { channel: 'push', account: 'sandbox', to: token, kept: content },
      {
        channel: 'email',
        account: 'sandbox',
        to: email,
        kept: { subject: 'Your parcel', text: 'It is here.\n\nhttps://example.com/p/1' },
      },
      {
        channel: 'sms',
        account: 'sandbox',
        to: phone,
        kept: { text: 'Your parcel\nIt is here.\nhttps://example.com/p/1' },
      },
    ]);
    expect(await list<SandboxMessage>('/sandbox/messages?channel=email')).toHaveLength(1);
    expect((await gateway.request('DELETE', '/sandbox/messages')).body).toEqual({ deleted: 3 });
    expect(await list<SandboxMessage>('/sandbox/messages')).toEqual([]);
  });
});

describe('a second start', () => {
  it('shows no key again, and its curl still works', async () => {
    const first = await startGateway({ adminKey: null });
    first.kill('SIGTERM');
    expect(await first.exited).toEqual({ code: 0, signal: null });

    const second = await startGateway({ adminKey: null, dataDir: first.dataDir });
    expect(second.stdout() + second.stderr()).not.toContain(first.key);
    const { stdout } = await shell('/bin/sh', ['-c', curlOf(second)]);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'accepted' });
    const listed = await second.request('GET', '/notifications', undefined, { authorization: `Bearer ${first.key}` });
    expect(listed.status).toBe(200);
  });

  it('takes its key from POSTHORN_ADMIN_KEY and writes it nowhere', async () => {
    const gateway = await startGateway();
    expect((await gateway.request('GET', '/notifications')).status).toBe(200);
    expect(gateway.stdout() + gateway.stderr()).not.toContain(gateway.key);
    expect(curlOf(gateway)).toContain('$POSTHORN_ADMIN_KEY');
    expect(() => statSync(join(gateway.dataDir, 'admin.key'))).toThrow('ENOENT');
  });
});

describe('health', () => {
  it('is told to anyone, and readiness with it', async () => {
    const gateway = await startGateway();
    const nobody = { authorization: '' };
    expect((await gateway.request('GET', '/healthz', undefined, nobody)).body).toEqual({ status: 'alive' });
    expect((await gateway.request('GET', '/readyz', undefined, nobody)).body).toEqual({ status: 'ready' });
    const metrics = await gateway.request<string>('GET', '/metrics', undefined, nobody);
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(metrics.body).toContain('posthorn_deliveries_in_flight');
  });
});
