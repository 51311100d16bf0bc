import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { client, eventually } from '../api.ts';
import { endGateways, startGateway, startProgram, temporaryFolder } from '../gateway-process.ts';
import { chance, freshSeed } from './chance.ts';
import { integrityOf } from './site.ts';

afterAll(endGateways);

const kills = 10;
const seed = Number(process.env['POSTHORN_KILLS_SEED'] ?? freshSeed());
/** What a first start makes, in this order; between the last two and the first answer lies the migration. */
const landmarks = ['posthorn.key', 'admin.key', 'posthorn.lock', 'posthorn.db', 'posthorn.db-wal'];

it(`a first start that is killed at any moment leaves a data directory that works (seed ${seed})`, {
  timeout: 300_000,
}, async () => {
  const dice = chance(seed);
  const startedAt = performance.now();
  await firstStartWorks(join(temporaryFolder(), 'data'));
  const wholeMs = Math.round(performance.now() - startedAt);
  const left = new Set<string>();
  for (let kill = 1; kill <= kills; kill++) {
    const dataDir = join(temporaryFolder(), 'data');
    const { child, exited } = startProgram(['serve'], { POSTHORN_DATA_DIR: dataDir, POSTHORN_PORT: '0' });
    if (kill % 2 === 0) await sleep(dice.between(0, wholeMs));
    else {
      const landmark = landmarks[kill % landmarks.length] as string;
      await eventually(() => existsSync(join(dataDir, landmark)) || undefined);
      await sleep(dice.between(0, 20));
    }
    child.kill('SIGKILL');
    expect((await exited).signal).toBe('SIGKILL');
    left.add(landmarks.filter((name) => existsSync(join(dataDir, name))).join());
    await firstStartWorks(dataDir);
  }
  // The kills have to fall into different stages of the start.
  expect(left.size).toBeGreaterThanOrEqual(3);
});

/** With no configuration and no key in the environment: whatever was there before, a message is taken and sent. */
async function firstStartWorks(dataDir: string): Promise<void> {
  const gateway = await startGateway({ dataDir, adminKey: null });
  const key = readFileSync(join(dataDir, 'admin.key'), 'utf8').trim();
  const calls = client({
    ...gateway,
    request: (method, path, body) => gateway.request(method, path, body, { authorization: `Bearer ${key}` }),
  });
  const { id } = await calls.accepted({ to: { email: 'first@example.com' }, content: { body: 'Hello' } });
  expect((await calls.settled(id)).status).toBe('sent');
  expect(await calls.kept('first@example.com')).toHaveLength(1);
  gateway.kill('SIGKILL');
  await gateway.exited;
  expect(integrityOf(join(dataDir, 'posthorn.db'))).toBe('ok');
}
