import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { exchangeGuard } from './exchange-guard.ts';

const servers: { close(): unknown; closeAllConnections(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Libraries that take no signal, and read as late as those that await something first: how long was the answer? */
const readers = {
  'by events': (response: IncomingMessage) =>
    new Promise<number>((resolve, reject) => {
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
      });
      response.on('end', () => resolve(length));
      response.on('error', reject);
    }),
  'by iteration': async (response: IncomingMessage) => {
    let length = 0;
    for await (const chunk of response) length += (chunk as Buffer).length;
    return length;
  },
};

async function read(url: string, reader: keyof typeof readers = 'by events'): Promise<number> {
  await Promise.resolve();
  const [response] = (await once(get(url), 'response')) as [IncomingMessage];
  await new Promise((resolve) => setTimeout(resolve, 20));
  return readers[reader](response);
}

const limits = () => ({ signal: new AbortController().signal, maxAnswerBytes: 1_000 });

describe('exchangeGuard', () => {
  it.each(['by events', 'by iteration'] as const)(
    'loses nothing of an answer within the limits, read %s',
    async (how) => {
      const guard = exchangeGuard();
      const url = await serve((_request, response) => response.end('x'.repeat(1_000)));
      expect(await guard.run(limits(), () => read(url, how))).toBe(1_000);
      guard.close();
    },
  );

  it.each(['by events', 'by iteration'] as const)('cuts a longer answer off, read %s', async (how) => {
    const guard = exchangeGuard();
    const url = await serve((_request, response) => response.end('x'.repeat(1_000_000)));
    await expect(guard.run(limits(), () => read(url, how))).rejects.toThrow();
    guard.close();
  });

  it('cuts the connection when its signal aborts', async () => {
    const guard = exchangeGuard();
    const closed = Promise.withResolvers<void>();
    const abort = new AbortController();
    const url = await serve((request) => {
      request.socket.once('close', () => closed.resolve());
      abort.abort();
    });
    const reading = guard.run({ signal: abort.signal, maxAnswerBytes: 1_000 }, () => read(url));
    await expect(reading).rejects.toThrow();
    await closed.promise;
    guard.close();
  });

  it('does not let a request start after the abort', async () => {
    const guard = exchangeGuard();
    const url = await serve((_request, response) => response.end('late'));
    const reading = guard.run({ signal: AbortSignal.abort(), maxAnswerBytes: 1_000 }, () => read(url));
    await expect(reading).rejects.toThrow();
    guard.close();
  });

  it('leaves other requests alone, of no guard and of another', async () => {
    const guard = exchangeGuard();
    const other = exchangeGuard();
    const url = await serve((_request, response) => response.end('x'.repeat(5_000)));
    expect(await read(url)).toBe(5_000);
    expect(await other.run({ ...limits(), maxAnswerBytes: 10_000 }, () => read(url))).toBe(5_000);
    guard.close();
    expect(await guard.run(limits(), () => read(url))).toBe(5_000);
    other.close();
  });
});
