import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminKey, endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';
import { rawRequest } from './raw-connection.ts';

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(endGateways);

describe('without a valid key', () => {
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
});
