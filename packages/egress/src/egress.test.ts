import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import type { EgressRequest } from '@posthorn/core';
import { type DoubleReply, type VendorDouble, vendorDouble } from '@posthorn/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { type EgressOptions, type GuardedEgress, openEgress } from './egress.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function double(reply: DoubleReply = { status: 200, body: '{}' }): Promise<VendorDouble> {
  const vendor = await vendorDouble({ reply: () => reply });
  open.push(vendor);
  return vendor;
}

function gate(options: EgressOptions): GuardedEgress {
  const gateway = openEgress(options);
  open.push(gateway);
  return gateway;
}

/** A server that takes connections and does with them what it likes. */
async function tcp(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(server);
  return (server.address() as AddressInfo).port;
}

const request = (url: string, more: Partial<EgressRequest> = {}): EgressRequest => ({
  method: 'POST',
  url: new URL(url),
  headers: { 'content-type': 'application/json' },
  body: '{"a":1}',
  signal: AbortSignal.timeout(10_000),
  ...more,
});

const loopbackOpen = { allow: ['127.0.0.0/8'] };

describe('reaches', () => {
  it('an allowed address, with the request as it is', async () => {
    const vendor = await double({ status: 201, headers: { 'x-a': '1' }, body: 'thanks' });
    const answer = await gate(loopbackOpen).egress(request(`${vendor.origin}/hook?x=1`));
    expect(answer).toMatchObject({ kind: 'answered', status: 201, headers: { 'x-a': '1' }, truncated: false });
    expect(answer.kind === 'answered' && Buffer.from(answer.body).toString()).toBe('thanks');
    expect(vendor.requests).toMatchObject([
      { method: 'POST', url: '/hook?x=1', headers: { 'content-length': '7', host: `127.0.0.1:${vendor.port}` } },
    ]);
    expect(String(vendor.requests[0]?.body)).toBe('{"a":1}');
  });

  it('a name that leads to one, and of several addresses the allowed one alone', async () => {
    const vendor = await double();
    const gateway = gate({ ...loopbackOpen, resolve: async () => ['10.0.0.1', '127.0.0.1', '::1'] });
    const answer = await gateway.egress(request(`http://hook.example:${vendor.port}/`));
    expect(answer).toMatchObject({ kind: 'answered', status: 200 });
    expect(vendor.requests[0]?.headers.host).toBe(`hook.example:${vendor.port}`);
  });

  it('keeps the connection for the next request', async () => {
    const ports = new Set<number | undefined>();
    const server = createServer((incoming, outgoing) => {
      ports.add(incoming.socket.remotePort);
      outgoing.end('ok');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push({
      close() {
        server.closeAllConnections();
        server.close();
      },
    });
    const gateway = gate(loopbackOpen);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    for (let turn = 0; turn < 3; turn++) await gateway.egress(request(url));
    expect(ports.size).toBe(1);
    // What one account may reach is not lent to another.
    await gateway.egress(request(url, { allowPrivate: true }));
    expect(ports.size).toBe(2);
  });
});

describe('does not reach', () => {
  it('this machine under any name or spelling, and opens no connection to it', async () => {
    const vendor = await double();
    const gateway = gate({ allow: [], resolve: async () => ['127.0.0.1'] });
    const hosts = ['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '0', 'rebound.example'];
    for (const host of hosts)
      expect(await gateway.egress(request(`http://${host}:${vendor.port}/`))).toMatchObject({ kind: 'forbidden' });
    expect(vendor.requests).toHaveLength(0);
  });

  // Elsewhere than on Linux this machine has no 127.0.0.2.
  it.skipIf(process.platform !== 'linux')('what a name leads to every second time, in a hundred turns', async () => {
    const vendor = await double();
    let taken = 0;
    const canary = createTcpServer((socket) => {
      taken++;
      socket.destroy();
    });
    canary.listen(vendor.port, '127.0.0.2');
    await once(canary, 'listening');
    open.push(canary);
    const closing = { headers: { connection: 'close' } };
    const url = `http://rebound.example:${vendor.port}/`;
    const wide = gate({ allow: ['127.0.0.0/8'], resolve: async () => ['127.0.0.2'] });
    expect(await wide.egress(request(url, closing))).toMatchObject({ kind: 'interrupted' });
    expect(taken).toBe(1);

    let asked = 0;
    const narrow = gate({ allow: ['127.0.0.1'], resolve: async () => [asked++ % 2 === 0 ? '127.0.0.1' : '127.0.0.2'] });
    for (let turn = 0; turn < 50; turn++) {
      expect(await narrow.egress(request(url, closing))).toMatchObject({ kind: 'answered' });
      const answer = await narrow.egress(request(url, closing));
      expect(answer).toMatchObject({ kind: 'forbidden' });
      expect(JSON.stringify(answer)).not.toContain('127.0.0');
    }
    expect([asked, vendor.requests.length, taken]).toEqual([100, 50, 1]);
  });

  it('looks up once for a connection, and trusts no earlier answer', async () => {
    const vendor = await double();
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    const gateway = gate({ ...loopbackOpen, resolve: async () => answers.shift() ?? ['10.0.0.1'] });
    const url = `http://rebound.example:${vendor.port}/`;
    const closing = { headers: { connection: 'close' } };
    expect(await gateway.egress(request(url, closing))).toMatchObject({ kind: 'answered' });
    expect(await gateway.egress(request(url, closing))).toMatchObject({ kind: 'forbidden' });
    expect(vendor.requests).toHaveLength(1);
  });

  it('a private address that its account may reach, from an account that may not', async () => {
    const vendor = await double();
    const gateway = gate({ allow: [], resolve: async () => ['127.0.0.1'] });
    const url = `http://inner.example:${vendor.port}/`;
    expect(await gateway.egress(request(url, { allowPrivate: true }))).toMatchObject({ kind: 'answered' });
    expect(await gateway.egress(request(url))).toMatchObject({ kind: 'forbidden' });
    expect(vendor.requests).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308])('where a %i leads to', async (status) => {
    const target = await double();
    const vendor = await double({ status, headers: { location: `${target.origin}/inner` }, body: '' });
    expect(await gate(loopbackOpen).egress(request(`${vendor.origin}/`))).toMatchObject({ kind: 'answered', status });
    expect(target.requests).toHaveLength(0);
  });
});

describe('does not choke on', () => {
  it('a name with a hundred addresses, all of them inside', async () => {
    const resolve = async () => Array.from({ length: 100 }, (_, place) => `10.0.0.${place}`);
    const answer = await gate({ allow: [], resolve }).egress(request('https://crowd.example/'));
    expect(answer).toMatchObject({ kind: 'forbidden', detail: expect.stringContaining('a private address') });
  });

  it('a redirect of fifty kilobytes', async () => {
    const vendor = await double({ status: 302, headers: { location: `/${'x'.repeat(50_000)}` }, body: '' });
    const answer = await gate(loopbackOpen).egress(request(vendor.origin));
    expect(answer).toMatchObject({ kind: 'interrupted', code: 'unreadable_answer' });
  });
});

describe('surely sent nothing', () => {
  it('when nobody listens', async () => {
    const vendor = await vendorDouble({ reply: () => ({ status: 200, body: '' }) });
    await vendor.close();
    const answer = await gate(loopbackOpen).egress(request(`${vendor.origin}/`));
    expect(answer).toMatchObject({ kind: 'unreachable', code: 'econnrefused' });
    expect(JSON.stringify(answer)).not.toContain('127.0.0.1');
  });

  it.each([
    ['ENOTFOUND', 'enotfound'],
    ['EAI_AGAIN', 'eai_again'],
  ])('when the name service says %s', async (code, told) => {
    const resolve = () => Promise.reject(Object.assign(new Error('getaddrinfo secret.example'), { code }));
    const answer = await gate({ ...loopbackOpen, resolve }).egress(request('https://secret.example/'));
    expect(answer).toMatchObject({ kind: 'unreachable', code: told });
    expect(JSON.stringify(answer)).not.toContain('secret.example');
  });

  it('when a name has no address', async () => {
    const answer = await gate({ ...loopbackOpen, resolve: async () => [] }).egress(request('https://empty.example/'));
    expect(answer).toEqual({ kind: 'forbidden', detail: 'the name leads to no address' });
  });

  it('when the line never becomes secure', async () => {
    const vendor = await double();
    const answer = await gate(loopbackOpen).egress(request(`https://127.0.0.1:${vendor.port}/`));
    expect(answer).toMatchObject({ kind: 'unreachable', code: 'no_connection' });
    expect(vendor.requests).toHaveLength(0);
  });

  it('when its time was up before, or while the name was looked up', async () => {
    const vendor = await double();
    const early = await gate(loopbackOpen).egress(request(vendor.origin, { signal: AbortSignal.abort() }));
    expect(early).toMatchObject({ kind: 'unreachable', code: 'timeout' });
    const abort = new AbortController();
    const gateway = gate({
      ...loopbackOpen,
      resolve: (_name, signal) => {
        // Whoever looks up can tell that nobody waits any more.
        expect(signal).toBe(abort.signal);
        abort.abort();
        return new Promise(() => undefined);
      },
    });
    const late = await gateway.egress(request('https://slow.example/', { signal: abort.signal }));
    expect(late).toMatchObject({ kind: 'unreachable', code: 'timeout' });
    expect(vendor.requests).toHaveLength(0);
  });
});

describe('may have arrived', () => {
  it('when the connection breaks, and it is not asked again', async () => {
    const vendor = await double({ fault: 'reset-after-body' });
    const answer = await gate(loopbackOpen).egress(request(vendor.origin));
    expect(answer).toMatchObject({ kind: 'interrupted', code: 'connection_lost' });
    expect(vendor.requests).toHaveLength(1);
  });

  it.each<[string, DoubleReply]>([
    ['no answer comes', { fault: 'silent' }],
    ['the answer stops in the middle', { fault: 'stalled-body' }],
  ])('when %s in time', async (_name, reply) => {
    const abort = new AbortController();
    const vendor = await vendorDouble({
      reply() {
        setTimeout(() => abort.abort(), 50);
        return reply;
      },
    });
    open.push(vendor);
    const answer = await gate(loopbackOpen).egress(request(vendor.origin, { signal: abort.signal }));
    expect(answer).toMatchObject({ kind: 'interrupted', code: 'timeout' });
  });

  it('when the answer is no HTTP', async () => {
    const port = await tcp((socket) => socket.once('data', () => socket.end('220 mail ready\r\n')));
    const answer = await gate(loopbackOpen).egress(request(`http://127.0.0.1:${port}/`));
    expect(answer).toMatchObject({ kind: 'interrupted', code: 'unreadable_answer' });
  });
});

it('reads no more than 64 KiB of an answer without end', async () => {
  const vendor = await double({ fault: 'huge' });
  const answer = await gate(loopbackOpen).egress(request(vendor.origin));
  expect(answer).toMatchObject({ kind: 'answered', status: 200, truncated: true });
  expect(answer.kind === 'answered' && answer.body.length).toBe(65_536);
});

it('takes a change of protocol for an answer, and leaves', async () => {
  const port = await tcp((socket) =>
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    ),
  );
  const answer = await gate(loopbackOpen).egress(request(`http://127.0.0.1:${port}/`));
  expect(answer).toMatchObject({ kind: 'answered', status: 101 });
});
