import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  adminKey,
  endGateways,
  type GatewayProcess,
  startGateway,
  startProgram,
  temporaryFolder,
} from '../gateway-process.ts';
import { bearer, type Key } from './keyholders.ts';

afterAll(endGateways);

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(words: string, env: Readonly<Record<string, string>>): Promise<Ran> {
  const { exited, stdout, stderr } = startProgram(words.split(' '), env);
  const { code } = await exited;
  expect(stderr()).not.toMatch(/^\s+at |node:internal|TypeError/m);
  return { code, stdout: stdout(), stderr: stderr() };
}

const textOf = (stdout: string) => /^phk_[0-9a-f]{16}_[\w-]{43}$/m.exec(stdout)?.[0] ?? '';
const idOf = (stdout: string) => /\b(?:key|prj)_[0-9a-f-]{36}\b/.exec(stdout)?.[0] ?? '';
const asks = async (gateway: GatewayProcess, key: string) =>
  (await gateway.request('GET', '/notifications', undefined, bearer(key))).status;

describe('keys and projects', () => {
  it('are made on a store that nobody runs, and hold from the first start on', async () => {
    const dataDir = join(temporaryFolder(), 'data');
    const env = { POSTHORN_DATA_DIR: dataDir };
    const project = await run('projects create shop', env);
    expect(project).toMatchObject({ code: 0, stderr: '' });
    const made = await run('keys create till --scopes notify,read --project shop --expires 90d --rate 5/s', env);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toContain(`of ${idOf(project.stdout)}: notify, read`);
    expect(existsSync(join(dataDir, 'admin.key'))).toBe(false);

    const json = await run('keys list --json', env);
    const [key] = JSON.parse(json.stdout) as readonly Key[];
    expect(key).toMatchObject({ name: 'till', scopes: ['notify', 'read'], rate: '5/s', project: idOf(project.stdout) });
    const days = (Date.parse(key?.expiresAt ?? '') - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(90);

    const gateway = await startGateway({ dataDir, adminKey: null });
    expect(gateway.stdout()).toContain('shown once');
    expect(await asks(gateway, textOf(made.stdout))).toBe(200);
    const { body: log } = await gateway.request<{ items: object[] }>('GET', '/audit');
    expect(log.items).toMatchObject([
      { action: 'key.made', key: 'cli' },
      { action: 'project.made', key: 'cli' },
    ]);
  });

  it('are not touched in a store that is in use: the cure is said', async () => {
    const gateway = await startGateway();
    const refused = await run('keys list', { POSTHORN_DATA_DIR: gateway.dataDir });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(`a gateway runs on ${gateway.dataDir}: ask it, with --url`);
  });

  it('are made, listed and revoked on a running gateway', async () => {
    const gateway = await startGateway();
    const at = `--url ${gateway.url}`;
    const env = { POSTHORN_ADMIN_KEY: adminKey };
    await run(`projects create shop ${at}`, env);
    const list = await run(`projects list ${at}`, env);
    expect(list.stdout).toMatch(/^ID +NAME +MADE\nprj_\S+ +shop +20\S+Z\nprj_\S+ +default +20\S+Z\n$/);
    const made = await run(`keys create --name till --scopes read --project shop ${at} --key ${adminKey}`, {});
    const key = textOf(made.stdout);
    expect(await asks(gateway, key)).toBe(200);
    const before = await run(`keys list --project shop ${at}`, env);
    expect(before.stdout).toMatch(/^key_\S+ +till +phk_[0-9a-f]{16}_… +prj_\S+ +read +20\S+Z +valid$/m);
    expect(before.stdout).not.toContain(key);
    const revoked = await run(`keys revoke ${idOf(made.stdout)} ${at}`, env);
    expect(revoked).toMatchObject({ code: 0, stdout: `revoked ${idOf(made.stdout)} (till)\n` });
    expect(await asks(gateway, key)).toBe(401);
    expect((await run(`keys list ${at} --json`, env)).stdout).toContain('"revokedAt":"20');
  });

  it('take the admin key of the data directory that is at hand', async () => {
    const gateway = await startGateway({ adminKey: null });
    const listed = await run(`keys list --url ${gateway.url}/`, { POSTHORN_DATA_DIR: gateway.dataDir });
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining('there are no keys yet'), stderr: '' });
  });

  it('leave the text of a key in no file', async () => {
    const dataDir = join(temporaryFolder(), 'data');
    const made = await run('keys create --name x --scopes admin', { POSTHORN_DATA_DIR: dataDir });
    const secret = textOf(made.stdout).slice(21);
    expect(secret).toHaveLength(43);
    const found = readdirSync(dataDir).filter((name) => readFileSync(join(dataDir, name)).includes(secret));
    expect(found).toEqual([]);
  });
});

describe('what cannot be done', () => {
  const env = () => ({ POSTHORN_DATA_DIR: join(temporaryFolder(), 'data') });

  it('for wrong usage ends with 2, and makes nothing', async () => {
    const variables = env();
    const { code, stdout, stderr } = await run('keys create --name x --scopes read,notfiy', variables);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('there is no scope "notfiy": did you mean "notify"?');
    expect(existsSync(variables.POSTHORN_DATA_DIR)).toBe(false);
  });

  it('for any other reason ends with 1, and says which', async () => {
    const cases = [
      ['keys revoke key_1', 'there is no such key'],
      ['keys list --project nobody', 'there is no project "nobody"'],
      ['projects create default', 'a project has this name already'],
      ['keys create --name x --scopes read --expires 2020-01-01T00:00:00Z', 'expiresAt must be in the future'],
      ['keys list --url http://127.0.0.1:2 --key k', 'no gateway answers at http://127.0.0.1:2 (ECONNREFUSED)'],
    ] as const;
    const runs = await Promise.all(cases.map(([words]) => run(words, env())));
    expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual(cases.map(() => [1, '']));
    cases.forEach(([, detail], place) => {
      expect(runs[place]?.stderr).toContain(detail);
    });
  });

  it('without the right key, and the key goes nowhere else', async () => {
    const gateway = await startGateway();
    const wrong = await run(`keys list --url ${gateway.url} --key phk_wrong`, {});
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('the key is not valid') });
    const seen: unknown[] = [];
    const elsewhere = createServer((request, response) => {
      seen.push(request.url);
      response.writeHead(302, { location: `${gateway.url}/keys` }).end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const address = elsewhere.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const redirected = await run(`keys list --url http://127.0.0.1:${port} --key ${adminKey}`, {});
    elsewhere.close();
    expect(redirected).toMatchObject({ code: 1, stderr: expect.stringContaining('is no Posthorn: check --url') });
    expect(seen).toHaveLength(1);
  });
});
