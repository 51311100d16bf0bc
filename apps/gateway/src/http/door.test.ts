import { recordingLogger } from '@posthorn/testkit';
import { expect, test } from 'vitest';
import { httpApp } from './app.ts';
import { openDoor } from './door.ts';
import { healthRoutes } from './health.ts';
import { json, open } from './route.ts';

/** Routes behind a door whose store is behind, or is not. */
function house() {
  const state = { isBehind: false, begun: 0 };
  const door = openDoor({ publicUrl: null, connections: { isSurplus: () => false }, isBehind: () => state.isBehind });
  const begin = () => json({ begun: ++state.begun });
  const routes = [
    ...healthRoutes({ unready: async () => null }),
    open('POST', '/things', begin),
    open('DELETE', '/things', begin),
    open('GET', '/things', begin),
  ];
  const nobody = () => {
    throw new Error('nobody asked for a key');
  };
  return { state, app: httpApp(routes, nobody, recordingLogger(), door) };
}

test('a store that is behind begins nothing new, and is read from all the same', async () => {
  const { state, app } = house();
  expect((await app.request('/things', { method: 'POST' })).status).toBe(200);
  state.isBehind = true;
  for (const method of ['POST', 'DELETE']) {
    const refused = await app.request('/things', { method });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ code: 'overloaded' });
  }
  expect(state.begun).toBe(1);
  for (const path of ['/things', '/healthz', '/readyz']) expect((await app.request(path)).status).toBe(200);
  state.isBehind = false;
  expect((await app.request('/things', { method: 'POST' })).status).toBe(200);
});

test('a turn of the event loop that is too old begins nothing new, and the next one does', async () => {
  const { state, app } = house();
  expect((await app.request('/things')).status).toBe(200);
  const until = performance.now() + 1_100;
  while (performance.now() < until);
  // Still the same turn: nothing was waited for but promises.
  expect((await app.request('/things')).status).toBe(503);
  expect((await app.request('/healthz')).status).toBe(200);
  expect(state.begun).toBe(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect((await app.request('/things')).status).toBe(200);
});
