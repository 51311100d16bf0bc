import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { testTools } from '@posthorn/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { askVendor } from './ask-vendor.ts';
import type { EgressAnswer } from './egress.ts';

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0).toReversed()) one.close();
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => void sockets.add(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(server, { close: () => sockets.forEach((socket) => void socket.destroy()) });
  return (server.address() as AddressInfo).port;
}

async function serve(answer: RequestListener) {
  return { port: await listen(createHttpServer(answer)) };
}

const request = (url: string) => ({ url: new URL(url), headers: { 'x-a': '1' }, body: '中' });

function ask(port: number, { signal = AbortSignal.timeout(5_000), protocol = 'http:' } = {}) {
  return askVendor(testTools().egress, request(`${protocol}//127.0.0.1:${port}/x?y=1`), signal);
}

describe('askVendor', () => {
  it('posts once, and brings status, headers and body', async () => {
    const seen: unknown[] = [];
    const { port } = await serve((request, response) => {
      seen.push(request.method, request.url, request.headers['x-a'], request.headers['content-length']);
      response.writeHead(418, { 'retry-after': '7' }).end('茶'.repeat(20_000));
    });
    const answer = await ask(port);
    expect(answer).toMatchObject({ ok: true, value: { status: 418, headers: { 'retry-after': '7' } } });
    expect(answer.ok && answer.value.text).toBe('茶'.repeat(20_000));
    expect(seen).toEqual(['POST', '/x?y=1', '1', '3']);
  });

  it('uses a connection again, and does not follow a redirect', async () => {
    const ports: (number | undefined)[] = [];
    const { port } = await serve((request, response) => {
      ports.push(request.socket.remotePort);
      response.writeHead(307, { location: '/elsewhere' }).end('{}');
    });
    for (let round = 0; round < 3; round++) expect(await ask(port)).toMatchObject({ value: { status: 307 } });
    expect(ports).toHaveLength(3);
    expect(new Set(ports).size).toBe(1);
  });

  it.each([
    ['just within bounds', 65_536, { ok: true }],
    ['a byte too long', 65_537, { ok: false, failure: { kind: 'uncertain', code: 'unreadable_answer' } }],
  ])('takes an answer %s for what it is', async (_name, length, expected) => {
    const { port } = await serve((_request, response) => response.end('x'.repeat(length)));
    expect(await ask(port)).toMatchObject(expected);
  });

  it.each([
    ['cut in the middle of its body', 'HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"a"', 'connection_lost'],
    [
      'cut in the middle of a chunk',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n50\r\n{"a"',
      'connection_lost',
    ],
    ['cut in its headers', 'HTTP/1.1 200 OK\r\ncontent-le', 'connection_lost'],
    ['that is no HTTP', 'SSH-2.0-OpenSSH_9\r\n\r\n', 'unreadable_answer'],
    ['with endless headers', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`, 'unreadable_answer'],
    ['that is nothing', '', 'connection_lost'],
  ])('does not know after an answer %s', async (_name, bytes, code) => {
    const port = await listen(createServer((socket) => socket.once('data', () => socket.end(bytes))));
    expect(await ask(port)).toMatchObject({ ok: false, failure: { kind: 'uncertain', code } });
  });

  it('is cut off by its signal while the answer drips', async () => {
    const { port } = await serve((_request, response) => {
      const drip = setInterval(() => response.write(' '), 20);
      response.once('close', () => clearInterval(drip));
    });
    const start = performance.now();
    const answer = await ask(port, { signal: AbortSignal.timeout(200) });
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'uncertain', code: 'timeout' } });
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('says that the operator named its host, and does not ask when its time was over before', async () => {
    const asked: unknown[] = [];
    const answer: EgressAnswer = { kind: 'forbidden', detail: 'it is not reached from here' };
    const egress = async (one: unknown) => {
      asked.push(one);
      return answer;
    };
    const signal = AbortSignal.timeout(5_000);
    const outcome = await askVendor(egress, request('https://vendor.example/'), signal);
    expect(outcome).toMatchObject({ failure: { kind: 'misconfigured', code: 'blocked_address' } });
    const late = await askVendor(egress, request('https://vendor.example/'), AbortSignal.abort());
    expect(late).toMatchObject({ failure: { kind: 'deferred', scope: 'delivery', code: 'aborted' } });
    expect(asked).toEqual([{ ...request('https://vendor.example/'), method: 'POST', namedBy: 'operator', signal }]);
  });

  it('knows that nothing left when the time was up before the connection was secure', async () => {
    const port = await listen(createServer(() => {}));
    const answer = await ask(port, { protocol: 'https:', signal: AbortSignal.timeout(200) });
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'deferred', scope: 'account', code: 'timeout' } });
  });

  it.each([
    ['breaks', (socket: Socket) => void socket.destroy()],
    ['is answered by something else than TLS', (socket: Socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('knows that nothing left when the handshake %s', async (_name, greet) => {
    const port = await listen(createServer(greet));
    const answer = await ask(port, { protocol: 'https:' });
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'deferred', scope: 'account', code: 'no_connection' } });
  });
});
