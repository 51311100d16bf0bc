import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Client, client, type SandboxMessage } from './api.ts';
import { endGateways, type GatewayProcess, startGateway, startProgram, temporaryFolder } from './gateway-process.ts';

afterAll(endGateways);

const phone = '+8613812340987';
const mail = 'canary.person@example.com';
const token = `c4n4ry${'Token'.repeat(8)}`;
const canaries = [
  '13812340987',
  mail,
  token,
  'c4n4ry-body',
  'c4n4ry-code',
  'c4n4ry-order',
  'c4n4ry-tag',
  'c4n4ry-user',
  'c4n4ry-key',
];
const notification = {
  to: { phone, email: mail, push: [token] },
  strategy: 'broadcast',
  content: { title: 'c4n4ry-body', body: 'c4n4ry-body' },
  sms: { params: { code: 'c4n4ry-code' } },
  metadata: { order: 'c4n4ry-order' },
  tags: ['c4n4ry-tag'],
  orderingKey: 'c4n4ry-user',
};

/** Which canaries stand in the files of a folder. */
function foundIn(folder: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
  expect(names).toContain('posthorn.db');
  return names.flatMap((name) => {
    const bytes = readFileSync(join(folder, name));
    return canaries.filter((canary) => bytes.includes(canary)).map((canary) => `${name}: ${canary}`);
  });
}

async function started(options: Parameters<typeof startGateway>[0] = {}): Promise<readonly [GatewayProcess, Client]> {
  const gateway = await startGateway(options);
  return [gateway, client(gateway)];
}

async function stopped(gateway: GatewayProcess): Promise<string> {
  gateway.kill('SIGTERM');
  await gateway.exited;
  return gateway.dataDir;
}

const ringOf = (...ids: readonly string[]) =>
  `encryption:\n  keys:\n${ids.map((id) => `    - { id: ${id}, secret: { env: KEY_${id} } }\n`).join('')}`;
const keysOf = (...ids: readonly string[]) => Object.fromEntries(ids.map((id) => [`KEY_${id}`, `${id}-`.repeat(20)]));

async function refusal(env: Readonly<Record<string, string>>): Promise<string> {
  const { exited, stderr } = startProgram(['serve'], { POSTHORN_PORT: '0', ...env });
  expect((await exited).code).toBe(1);
  return stderr();
}

describe('the data directory of a running gateway', () => {
  it('says nothing of a person to whoever reads its files, while it runs, in a backup, and when it was killed', async () => {
    const [gateway, calls] = await started();
    const { id } = await calls.accepted(notification, { 'idempotency-key': 'c4n4ry-key' });
    await calls.settled(id);
    await calls.accepted({ ...notification, sendAt: new Date(Date.now() + 3_600_000).toISOString() });
    expect((await calls.kept(phone))[0]?.content).toMatchObject({ params: { code: 'c4n4ry-code' } });
    expect(await calls.notification(id)).toMatchObject({ metadata: { order: 'c4n4ry-order' } });
    expect(foundIn(gateway.dataDir)).toEqual([]);
    const copy = temporaryFolder();
    const backup = startProgram(['backup', join(copy, 'posthorn.db')], { POSTHORN_DATA_DIR: gateway.dataDir });
    expect((await backup.exited).code).toBe(0);
    expect(foundIn(copy)).toEqual([]);
    gateway.kill('SIGKILL');
    await gateway.exited;
    expect(foundIn(gateway.dataDir)).toEqual([]);
    const [again, later] = await started({ dataDir: gateway.dataDir });
    const replayed = await later.notify(notification, { 'idempotency-key': 'c4n4ry-key' });
    expect([replayed.body.id, replayed.headers.get('idempotent-replayed')]).toEqual([id, 'true']);
    await stopped(again);
  });
});

describe('POST /erasures', () => {
  it('forgets a person by any spelling of an address, and tells how much that was', async () => {
    const [gateway, calls] = await started();
    const { id } = await calls.accepted(notification);
    await calls.settled(id);
    const later = await calls.accepted({ ...notification, sendAt: new Date(Date.now() + 3_600_000).toISOString() });
    const other = await calls.accepted({ to: { phone: '+8613812340986' }, content: { body: 'to somebody else' } });
    await calls.settled(other.id);
    const erase = () => gateway.request('POST', '/erasures', { channel: 'sms', address: '+86 138 1234-0987' });
    expect(await erase()).toMatchObject({
      status: 200,
      body: { notifications: 2, canceled: 1, messages: 3, swept: true },
    });
    const seen = await calls.notification(id);
    expect(seen).toMatchObject({ status: 'sent', metadata: {}, tags: [], orderingKey: null });
    expect(seen.deliveries.map(({ address, status }) => [address, status])).toEqual(Array(3).fill(['***', 'sent']));
    expect(await calls.notification(later.id)).toMatchObject({ status: 'canceled' });
    for (const to of [phone, mail, token]) {
      expect(await calls.kept(to)).toEqual([]);
      expect(await calls.list(`/notifications?address=${encodeURIComponent(to)}`)).toEqual([]);
    }
    expect(await calls.list<SandboxMessage>('/sandbox/messages')).toHaveLength(1);
    expect((await calls.notification(other.id)).deliveries[0]?.address).toBe('+86138****0986');
    expect(await erase()).toMatchObject({ body: { notifications: 0, canceled: 0, messages: 0, swept: true } });
    expect(gateway.stdout() + gateway.stderr()).not.toContain('13812340987');
    await stopped(gateway);
  });

  it('refuses what is no address, and says nothing of it', async () => {
    const [gateway] = await started();
    const ask = (body: unknown) => gateway.request<{ readonly code: string }>('POST', '/erasures', body);
    for (const [body, status, code] of [
      [{}, 400, 'invalid_request'],
      [{ channel: 'sms', address: phone, force: true }, 400, 'invalid_request'],
      [{ channel: 'sms', address: ['x'] }, 400, 'invalid_request'],
      [{ channel: 'fax', address: phone }, 422, 'unprocessable'],
      [{ channel: 'sms', address: 'c4n4ry' }, 422, 'unprocessable'],
    ] as const) {
      const answer = await ask(body);
      expect([answer.status, answer.body.code]).toEqual([status, code]);
      expect(JSON.stringify(answer.body)).not.toMatch(/c4n4ry|13812340987/);
    }
    await stopped(gateway);
  });
});

describe('encryption.keys', () => {
  it('take over from the key of the data directory, change places, and are missed when they are gone', async () => {
    const [first, before] = await started();
    const { id } = await before.accepted(notification);
    await before.settled(id);
    const dataDir = await stopped(first);
    const [second, between] = await started({ dataDir, config: ringOf('k1'), env: keysOf('k1') });
    expect(await between.notification(id)).toMatchObject({ metadata: { order: 'c4n4ry-order' } });
    const next = await between.accepted(notification);
    await between.settled(next.id);
    await stopped(second);
    const [third, after] = await started({ dataDir, config: ringOf('k2', 'k1'), env: keysOf('k1', 'k2') });
    for (const one of [id, next.id])
      expect(await after.notification(one)).toMatchObject({ metadata: { order: 'c4n4ry-order' } });
    expect(foundIn(dataDir)).toEqual([]);
    await stopped(third);

    const config = join(temporaryFolder(), 'posthorn.yaml');
    const env = { POSTHORN_DATA_DIR: dataDir, POSTHORN_CONFIG: config };
    writeFileSync(config, ringOf('k2'));
    expect(await refusal({ ...env, ...keysOf('k2') })).toMatch(
      /sealed with the key "k1", which is not among encryption\.keys/,
    );
    writeFileSync(config, ringOf('k2', 'k1'));
    const wrong = await refusal({ ...env, ...keysOf('k2'), KEY_k1: 'wrong-'.repeat(20) });
    expect(wrong).toMatch(/the secret of the key "k1" is not the one that sealed it: restore that secret/);
    expect(wrong).not.toContain('wrong-wrong');
  });

  it('are looked for in vain when posthorn.key was exchanged', async () => {
    const [gateway, calls] = await started();
    await calls.settled((await calls.accepted(notification)).id);
    const dataDir = await stopped(gateway);
    writeFileSync(join(dataDir, 'posthorn.key'), Buffer.alloc(32, 1).toString('base64'));
    expect(await refusal({ POSTHORN_DATA_DIR: dataDir })).toMatch(/the secret of the key "default" is not the one/);
  });
});
