import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endGateways } from '../gateway-process.ts';
import { expectRefusal } from '../refusal.ts';
import { type ServedRoute, servedRoutes } from '../served-routes.ts';
import type { Attack } from './attack.ts';
import { strayPaths } from './attacks/places.ts';
import { cases } from './cases.ts';
import { openStage, type Stage, vendorToken } from './stage.ts';
import { attacksOn, targets } from './targets.ts';

const root = new URL('../../../../', import.meta.url);

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  const { gateway } = stage;
  expect(() => process.kill(gateway.pid, 0)).not.toThrow();
  expect(gateway.stderr()).not.toContain('a request met a fault of the gateway');
  for (const secret of [gateway.key, vendorToken, stage.callbackToken]) expect(gateway.stderr()).not.toContain(secret);
  await endGateways();
});

it('every route of the program is a target, and every target is a route', async () => {
  const row = ({ method, path, scope }: ServedRoute) => `${method} ${path} ${scope}`;
  expect(targets.map(row).sort()).toEqual((await servedRoutes(stage.gateway)).map(row).sort());
});

describe.each(cases)('$id $what', ({ id, proofs = [], notYet }) => {
  it('is tried, or said to be for later', () => {
    const attacks = [...targets.flatMap(attacksOn), ...strayPaths].filter(({ abuse }) => abuse === id);
    expect(attacks.length + proofs.length === 0).toBe(notYet !== undefined);
  });

  it.each(proofs)('%s: %s', (file, title) => {
    expect(readFileSync(new URL(file, root), 'utf8')).toContain(title);
  });
});

it('every attack bears the number of a case', () => {
  const known = new Set(cases.map(({ id }) => id));
  expect(known.size).toBe(cases.length);
  for (const attack of [...targets.flatMap(attacksOn), ...strayPaths]) expect(known).toContain(attack.abuse);
});

describe.each(targets)('$method $path', (target) => {
  it.each(attacksOn(target).map((attack) => [attack.abuse, attack.what, attack] as const))(
    '%s %s',
    async (_abuse, _what, attack) => {
      await expectFailure(attack);
    },
  );
});

it.each(strayPaths)('no path: $what', async (attack) => {
  await expectFailure(attack);
});

async function expectFailure({ path = '', ...attack }: Attack): Promise<void> {
  await expectRefusal(stage.gateway, { ...attack, path: path.replace('{callback}', stage.callbackToken) });
}
