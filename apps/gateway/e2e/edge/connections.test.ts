import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { endGateways, type GatewayProcess, startGateway } from '../gateway-process.ts';
import { rawRequest, untilClosed } from '../raw-connection.ts';

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** So many connections that say nothing. */
async function idle(url: string, count: number): Promise<readonly Socket[]> {
  const { hostname, port } = new URL(url);
  const opened = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Socket>((resolve) => {
          const socket = connect(Number(port), hostname, () => resolve(socket));
          socket.on('error', () => {});
        }),
    ),
  );
  sockets.push(...opened);
  return opened;
}

const get = (path: string, key: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n\r\n`;

describe('more connections than there may be', () => {
  const most = 50;
  let gateway: GatewayProcess;
  beforeAll(async () => {
    gateway = await startGateway({ config: `server: { maxConnections: ${most} }` });
  });
  afterAll(endGateways);

  it('are told so and closed, while whoever watches the gateway is answered', async () => {
    await idle(gateway.url, most);
    for (const path of ['/healthz', '/readyz', '/metrics'])
      expect([path, (await rawRequest(gateway.url, get(path, gateway.key), 5_000)).status]).toEqual([path, 200]);
    const refused = await rawRequest(gateway.url, get('/notifications', gateway.key), 5_000, untilClosed);
    expect(refused.status).toBe(503);
    expect(refused.closedAfterMs).not.toBeNull();
    expect(refused.text).toContain('"code":"overloaded"');
    expect(refused.text).toMatch(/\r\nretry-after: 1\r\n/i);
  });

  it('do not keep out who comes when they are gone', async () => {
    await idle(gateway.url, most);
    for (const socket of sockets.splice(0)) socket.destroy();
    await vi.waitFor(async () => {
      const { status } = await rawRequest(gateway.url, get('/notifications', gateway.key), 5_000);
      expect(status).toBe(200);
    });
  });

  it('are closed without a word when there are far too many', async () => {
    const all = await idle(gateway.url, most + 400);
    await vi.waitFor(() => expect(all.filter(({ destroyed }) => destroyed).length).toBeGreaterThanOrEqual(144), 5_000);
    for (const socket of sockets.splice(0)) socket.destroy();
    await vi.waitFor(async () => {
      expect((await rawRequest(gateway.url, get('/notifications', gateway.key), 5_000)).status).toBe(200);
    });
  });
});

describe('connections of one address', () => {
  afterAll(endGateways);

  it('are bounded where the operator says so', async () => {
    const gateway = await startGateway({ config: 'server: { maxConnectionsPerAddress: 5 }' });
    await idle(gateway.url, 5);
    const refused = await rawRequest(gateway.url, get('/healthz', gateway.key), 5_000, untilClosed);
    expect([refused.status, refused.closedAfterMs === null]).toEqual([0, false]);
    sockets.pop()?.destroy();
    await vi.waitFor(async () => {
      expect((await rawRequest(gateway.url, get('/healthz', gateway.key), 5_000)).status).toBe(200);
    });
  });

  it('are not when it is a proxy, which brings those of many', async () => {
    const config = 'server: { maxConnectionsPerAddress: 5, trustedProxies: [127.0.0.0/8] }';
    const gateway = await startGateway({ config });
    await idle(gateway.url, 20);
    expect((await rawRequest(gateway.url, get('/healthz', gateway.key), 5_000)).status).toBe(200);
  });
});
