import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { client } from './api.ts';
import { adminKey, endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';
import { rawRequest } from './raw-connection.ts';
import { expectRefusal } from './refusal.ts';
import { listsRoutes, servedRoutes } from './served-routes.ts';

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await startGateway({ env: listsRoutes });
});
afterAll(endGateways);

const body = { to: { email: 'li@example.com' }, content: { body: 'x' } };
describe('without a valid key', () => {
  it('every route that needs a scope is a 401', async () => {
    const guarded = (await servedRoutes(gateway)).filter(({ scope }) => scope !== null);
    expect(guarded.length).toBeGreaterThan(10);
    for (const { method, path } of guarded) {
      for (const authorization of ['', 'Bearer wrong']) {
        const answer = await gateway.request(method, path, method === 'POST' ? body : undefined, { authorization });
        expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated', status: 401 } });
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      }
    }
  });

  it.each([
    ['an empty header', ''],
    ['no key', 'Bearer '],
    ['no scheme', adminKey],
    ['another scheme', `Basic ${Buffer.from(`admin:${adminKey}`).toString('base64')}`],
    ['a lower-case scheme', `bearer ${adminKey}`],
    ['a token scheme', `Token ${adminKey}`],
    ['two keys', `Bearer ${adminKey}, Bearer ${adminKey}`],
    ['a key with its last character changed', `Bearer ${adminKey.slice(0, -1)}g`],
    ['half a key', `Bearer ${adminKey.slice(0, 20)}`],
    ['a key and more', `Bearer ${adminKey}0`],
    ['only the prefix', 'Bearer phk_admin_'],
    ['a key in capitals', `Bearer ${adminKey.toUpperCase()}`],
    ['a key of 10 KB', `Bearer ${'k'.repeat(10_000)}`],
    ['a key beyond ASCII', `Bearer ${adminKey}é`],
    ['a name that means something to JavaScript', 'Bearer __proto__'],
  ])('%s', async (_name, authorization) => {
    const before = await client(gateway).count();
    const answer = await gateway.request('POST', '/notify', body, { authorization });
    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.stringify(answer.body)).not.toContain(adminKey.slice(0, 20));
    expect(await client(gateway).count()).toBe(before);
  });

  it('two Authorization headers, the good one first or last', async () => {
    const good = `Authorization: Bearer ${adminKey}`;
    for (const headers of [`${good}\r\nAuthorization: Bearer x`, `Authorization: Bearer x\r\n${good}`]) {
      const answer = await rawRequest(
        gateway.url,
        `GET /notifications HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n`,
        5_000,
      );
      expect(answer.status).toBe(401);
    }
  });

  it('a key in the query counts for nothing, and is not logged', async () => {
    for (const name of ['key', 'token', 'api_key', 'access_token']) {
      const path = `/notifications?${name}=${adminKey}`;
      expect((await gateway.request('GET', path, undefined, { authorization: '' })).status).toBe(401);
    }
    expect(gateway.stderr()).not.toContain(adminKey);
  });

  it('a wrong key answers the same whatever is wrong with it', async () => {
    const answers = await Promise.all(
      ['Bearer x', `Bearer ${adminKey.slice(0, -1)}g`, `Bearer ${'k'.repeat(5_000)}`].map((authorization) =>
        gateway.request('GET', '/notifications', undefined, { authorization, 'x-request-id': 'same' }),
      ),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
  });
});

describe('with a valid key', () => {
  it('is asked for before anything else is said', async () => {
    const answer = await gateway.request('POST', '/notify', '{', { authorization: '', 'content-type': 'text/plain' });
    expect(answer.status).toBe(401);
  });

  it.each([
    ['GET', '/notifications/ntf_01a208ee-f7c5-7000-99b0-4d2706000000'],
    ['POST', '/notifications/ntf_01a208ee-f7c5-7000-99b0-4d2706000000/cancel'],
    ['GET', '/deliveries/dlv_01a208ee-f7c5-7000-99b0-4d2706001000'],
    ['GET', '/deliveries/dlv_01a208ee-f7c5-7000-99b0-4d2706001000/attempts'],
    ['GET', '/notifications/dlv_01a208ee-f7c5-7000-99b0-4d2706001000'],
    ['GET', '/deliveries/ntf_01a208ee-f7c5-7000-99b0-4d2706000000'],
    ['GET', '/notifications/1'],
    ['GET', '/notifications/NTF_01A208EE-F7C5-7000-99B0-4D2706000000'],
    ['GET', '/notifications/%2e%2e%2fetc%2fpasswd'],
    ['GET', '/notifications/%00'],
    ['GET', '/notifications/%E0%A4%A'],
    ['GET', `/notifications/${'a'.repeat(5_000)}`],
    ['GET', '/notifications/__proto__'],
    ['GET', '/'],
    ['GET', '/notify/'],
    ['GET', '/nothing'],
    ['POST', '/v1/notify'],
    ['GET', '/..%2f'],
    ['GET', '/.env'],
    ['GET', '/.git/config'],
    ['GET', '/posthorn.db'],
  ])('%s %s is a 404', async (method, path) => {
    await expectRefusal(gateway, { method, path, status: 404, code: 'not_found' });
  });
});
