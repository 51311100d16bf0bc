import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { endGateways, type GatewayProcess, startGateway } from '../gateway-process.ts';
import { rawRequest } from '../raw-connection.ts';

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(endGateways);

const ask = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';
const residentMiB = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))?.[1]) / 1_024;

/** Fifty who send two thousand requests each and read nothing; done when all of them have been cut off. */
async function greedyOnes(): Promise<void> {
  const { hostname, port } = new URL(gateway.url);
  const faults: string[] = [];
  const sockets = Array.from({ length: 50 }, () => {
    const socket = connect(Number(port), hostname, () => socket.write(ask.repeat(2_000)));
    socket.on('error', ({ message }) => faults.push(message));
    return socket.pause();
  });
  // Whoever reads nothing learns of the end when it writes again.
  await vi.waitFor(
    () => {
      for (const socket of sockets) if (!socket.destroyed) socket.write('\r\n');
      expect(faults.length).toBe(50);
    },
    { timeout: 20_000, interval: 100 },
  );
}

it('who asks and asks and reads no answer is cut off, and has filled no memory', async () => {
  // The first time makes room in the heap that the program keeps.
  await greedyOnes();
  const before = residentMiB();
  await greedyOnes();
  // Ten kilobytes each: all answers together would be a gigabyte.
  expect(residentMiB() - before).toBeLessThan(300);
  expect((await gateway.request('GET', '/readyz')).status).toBe(200);
});

it('a few requests at once are answered in their order', async () => {
  const paths = ['/healthz', '/nowhere', '/readyz', '/notify', '/healthz', '/notifications', '/readyz', '/healthz'];
  const bytes = paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join('');
  const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  for (let round = 0; round < 5; round++) {
    const { text } = await rawRequest(gateway.url, bytes, 5_000, (seen) => statuses(seen).length === paths.length);
    expect(statuses(text)).toEqual([200, 404, 200, 405, 200, 401, 200, 200]);
  }
});
