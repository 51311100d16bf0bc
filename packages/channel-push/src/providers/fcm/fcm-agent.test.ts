import { request } from 'node:https';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { createServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { localhostCertificate, localhostKey } from '@posthorn/testkit';
import { afterEach, expect, test } from 'vitest';
import { connect, disconnect, googleDouble, tokens } from '../../../doubles/google.ts';
import { FcmAgent, Flight } from './fcm-agent.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  await disconnect();
  for (const close of closers.splice(0)) close();
});

/** Google behind TLS, as an https endpoint is. */
async function behindTls() {
  const double = await googleDouble();
  const server = createServer({ key: localhostKey, cert: localhostCertificate }, (socket) => {
    const inner = connectTcp(double.port, '127.0.0.1');
    socket.on('error', () => inner.destroy());
    inner.on('error', () => socket.destroy());
    socket.pipe(inner).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  closers.push(
    () => double.close(),
    () => server.close(),
  );
  const endpoint = new URL(`https://localhost:${(server.address() as AddressInfo).port}`);
  const { send } = await connect({}, { endpoint });
  return { google: double, send, endpoint };
}

test('an https endpoint that cannot be trusted gets nothing', async () => {
  const { google, send } = await behindTls();
  expect(await send()).toMatchObject({ kind: 'deferred', scope: 'account', code: 'token_connection_failed' });
  expect(google.requests).toEqual([]);
});

test('a trusted https endpoint gets token request and message over TLS', async () => {
  setDefaultCACertificates([...getCACertificates('default'), localhostCertificate]);
  const { google, send } = await behindTls();
  expect((await send()).kind).toBe('accepted');
  expect((await send()).kind).toBe('accepted');
  expect(tokens(google)).toHaveLength(1);
  expect(google.requests).toHaveLength(3);
});

test('without an endpoint a request goes where its address says, and its flight is followed', async () => {
  setDefaultCACertificates([...getCACertificates('default'), localhostCertificate]);
  const { endpoint } = await behindTls();
  const agent = new FcmAgent(null, 7);
  closers.push(() => agent.destroy());
  const flight = new Flight(AbortSignal.timeout(1_500), () => undefined);
  const status = await agent.follow(
    flight,
    () =>
      new Promise((resolve, reject) => {
        const asked = request(endpoint, { agent }, (response) => resolve(response.resume().statusCode));
        asked.on('error', reject).end();
      }),
  );
  expect(status).toBe(401);
  expect(flight.stage).toBe('connected');
  expect(agent.maxSockets).toBe(7);
});
