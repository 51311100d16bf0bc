import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
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

const request = (url: string, more: Partial<EgressRequest> = {}): EgressRequest => ({
  method: 'POST',
  url: new URL(url),
  headers: { 'content-type': 'application/json' },
  body: '{"a":1}',
  signal: AbortSignal.timeout(10_000),
  ...more,
});

const loopbackOpen = { allow: ['127.0.0.0/8', '::1'] };

describe('a request goes out', () => {
  it.each(['POST', 'PUT', 'PATCH', 'GET', 'DELETE'] as const)('by %s, also with nothing in it', async (method) => {
    const vendor = await double();
    expect(await gate(loopbackOpen).egress(request(vendor.origin, { method, body: null }))).toMatchObject({
      status: 200,
    });
    const [seen] = vendor.requests;
    expect([seen?.method, seen?.body.length, seen?.headers['transfer-encoding']]).toEqual([method, 0, undefined]);
  });

  it('with the name of a host that it gives itself, and with no header that would end its line', async () => {
    const vendor = await double();
    const { egress } = gate(loopbackOpen);
    await egress(request(vendor.origin, { headers: { Host: 'vendor.example', 'X-A': '1' } }));
    expect(vendor.requests[0]?.headers).toMatchObject({ host: 'vendor.example', 'x-a': '1', connection: 'keep-alive' });
    for (const headers of [{ 'x-a': 'a\r\nx-b: c' }, { 'x-a\r\nx-b': 'c' }, { 'x a': 'c' }])
      await expect(egress(request(vendor.origin, { headers: headers as Record<string, string> }))).rejects.toThrow();
    expect(vendor.requests).toHaveLength(1);
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'));
  // A machine or a container may have none.
  it.skipIf(!hasIpv6)('to an address of IPv6', async () => {
    const server = createServer((incoming, outgoing) => outgoing.end(incoming.headers.host));
    server.listen(0, '::1');
    await once(server, 'listening');
    open.push({
      close() {
        server.closeAllConnections();
        server.close();
      },
    });
    const { port } = server.address() as AddressInfo;
    const answer = await gate(loopbackOpen).egress(request(`http://[::1]:${port}/`));
    expect(answer.kind === 'answered' && Buffer.from(answer.body).toString()).toBe(`[::1]:${port}`);
  });
});

describe('named by the operator', () => {
  const mine = { namedBy: 'operator' } as const;

  it('is reached wherever it is, and nobody asks whether it may', async () => {
    const vendor = await double();
    const gateway = gate({ allow: [], resolve: () => Promise.reject(new Error('this was looked up')) });
    for (const host of ['127.0.0.1', 'localhost']) {
      const answer = await gateway.egress(request(`http://${host}:${vendor.port}/`, mine));
      expect(answer).toMatchObject({ kind: 'answered', status: 200 });
      expect(gateway.forbids({ url: new URL(`http://${host}:${vendor.port}/`), ...mine })).toBeNull();
    }
    expect(vendor.requests).toHaveLength(2);
  });

  it('lends its connection to nobody else, and its word to no other request', async () => {
    const vendor = await double();
    const gateway = gate({ allow: [] });
    await gateway.egress(request(vendor.origin, mine));
    const { forbids, egress } = gateway;
    for (const namedBy of [undefined, 'stranger'] as const) {
      const target = { url: new URL(vendor.origin), ...(namedBy && { namedBy }) };
      expect(forbids(target)).toContain('a loopback address');
      expect(await egress(request(vendor.origin, target))).toMatchObject({ kind: 'forbidden' });
    }
    expect(vendor.requests).toHaveLength(1);
  });

  it.each([301, 307])('leads nowhere else by a %i', async (status) => {
    const target = await double();
    const vendor = await double({ status, headers: { location: `${target.origin}/inner` }, body: '' });
    const answer = await gate({ allow: [] }).egress(request(vendor.origin, mine));
    expect(answer).toMatchObject({ kind: 'answered', status });
    expect(target.requests).toHaveLength(0);
  });

  it('is read no further than anybody else', async () => {
    const vendor = await double({ fault: 'huge' });
    const answer = await gate({ allow: [] }).egress(request(vendor.origin, mine));
    expect(answer).toMatchObject({ kind: 'answered', truncated: true });
  });

  it('whose name nobody knows was sent nothing', async () => {
    const answer = await gate({ allow: [] }).egress(request('https://no-such-host.invalid/', mine));
    expect(answer).toMatchObject({ kind: 'unreachable' });
    expect(JSON.stringify(answer)).not.toContain('no-such-host');
  });
});
