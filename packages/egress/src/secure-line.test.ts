import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { localhostCertificate, localhostKey } from '@posthorn/testkit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openEgress } from './egress.ts';

const trusted = getCACertificates('default');
const server = createServer({ cert: localhostCertificate, key: localhostKey }, (request, response) => {
  asked.push(String(request.headers.host));
  response.end('ok');
});
const asked: string[] = [];
let port: number;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  setDefaultCACertificates(trusted);
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

async function ask(host: string) {
  const { egress, close } = openEgress({ allow: ['127.0.0.0/8'], resolve: async () => ['127.0.0.1'] });
  const url = new URL(`https://${host}:${port}/`);
  const answer = await egress({ method: 'POST', url, headers: {}, body: 'x', signal: AbortSignal.timeout(10_000) });
  close();
  return answer;
}

it('a certificate of nobody known ends it before anything has left, whatever the environment says', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  expect(await ask('localhost')).toMatchObject({ kind: 'unreachable', code: 'depth_zero_self_signed_cert' });
  expect(asked).toEqual([]);
});

it('a trusted certificate of the right name is taken, one of another name is not', async () => {
  setDefaultCACertificates([...trusted, localhostCertificate]);
  expect(await ask('localhost')).toMatchObject({ kind: 'answered', status: 200 });
  expect(await ask('other.example')).toMatchObject({ kind: 'unreachable', code: 'err_tls_cert_altname_invalid' });
  expect(asked).toHaveLength(1);
});
