import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { clientAddresses } from './client-address.ts';

/** Who a request comes from that reaches us from this peer, with these headers. */
async function clientOf(peer: string | undefined, trusted: readonly string[], headers: Record<string, string> = {}) {
  const app = new Hono();
  const clientAddressOf = clientAddresses(trusted);
  app.get('/', (context) => context.text(clientAddressOf(context)));
  const incoming = { socket: { remoteAddress: peer } };
  return (await app.request('/', { headers }, { incoming })).text();
}

const proxies = ['10.0.0.0/8', '2001:db8:5::/48'];
const forwarded = (list: string) => ({ 'x-forwarded-for': list });

describe('without a configured proxy', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::1', '::1'],
    [undefined, '::'],
  ])('%s is %s', async (peer, client) => {
    expect(await clientOf(peer, [])).toBe(client);
  });

  test.each([
    'x-forwarded-for',
    'forwarded',
    'x-real-ip',
    'cf-connecting-ip',
    'true-client-ip',
    'x-client-ip',
    'x-cluster-client-ip',
    'fastly-client-ip',
    'x-forwarded',
    'forwarded-for',
    'via',
  ])('%s is not looked at', async (name) => {
    for (const value of ['203.0.113.9', '127.0.0.1', 'for=203.0.113.9'])
      expect(await clientOf('10.0.0.1', [], { [name]: value })).toBe('10.0.0.1');
  });
});

describe('behind configured proxies', () => {
  test.each([
    ['one proxy', '203.0.113.9', '203.0.113.9'],
    ['what the client wrote itself is before it', '127.0.0.1, 10.0.0.9, 203.0.113.9', '203.0.113.9'],
    ['a chain of proxies', '203.0.113.9, 10.0.0.7, 10.255.255.1', '203.0.113.9'],
    ['proxies of both families', '203.0.113.9,2001:db8:5::1,10.0.0.7', '203.0.113.9'],
    ['a chain with a stranger in it ends there', '203.0.113.9, 198.51.100.1, 10.0.0.7', '198.51.100.1'],
    ['nobody but proxies', '10.0.0.9, 10.0.0.8', '10.0.0.9'],
    ['no list', '', '10.0.0.1'],
    ['a hundred values', `${'127.0.0.1, '.repeat(99)}203.0.113.9`, '203.0.113.9'],
    ['a hundred proxies', `198.51.100.1${', 10.0.0.2'.repeat(99)}`, '198.51.100.1'],
    ['IPv6', '2001:DB8::0001', '2001:db8::1'],
    ['a zone', 'fe80::1%eth0', 'fe80::1'],
    ['mapped IPv4', '::ffff:203.0.113.9', '203.0.113.9'],
    ['a mapped proxy', '203.0.113.9, ::ffff:10.0.0.3', '203.0.113.9'],
    ['a port', '203.0.113.9:4711', '203.0.113.9'],
    ['brackets and a port', '[2001:db8::1]:4711', '2001:db8::1'],
    ['white space', '  127.0.0.1 ,\t203.0.113.9  ', '203.0.113.9'],
    ['what is no address', '203.0.113.9, unknown', '10.0.0.1'],
    ['nothing between commas', '203.0.113.9,,', '10.0.0.1'],
    ['a name', '203.0.113.9, evil.example', '10.0.0.1'],
    ['an obfuscated one', '203.0.113.9, _hidden', '10.0.0.1'],
    ['an odd spelling of an address', '203.0.113.9, 0x0a000001', '10.0.0.1'],
    ['a long one', `203.0.113.9, ${'1'.repeat(9_000)}`, '10.0.0.1'],
  ])('%s', async (_name, list, client) => {
    expect(await clientOf('10.0.0.1', proxies, forwarded(list))).toBe(client);
  });

  test('a peer that is none is the client, whatever it says', async () => {
    expect(await clientOf('192.0.2.1', proxies, forwarded('203.0.113.9'))).toBe('192.0.2.1');
    expect(await clientOf('2001:db8:6::1', proxies, forwarded('203.0.113.9, 10.0.0.1'))).toBe('2001:db8:6::1');
    expect(await clientOf(undefined, proxies, forwarded('203.0.113.9'))).toBe('::');
  });

  test('a proxy may be written in every spelling', async () => {
    for (const trusted of ['::ffff:10.0.0.0/104', '::ffff:a00:1', '10.0.0.1', '0.0.0.0/0'])
      expect(await clientOf('::ffff:10.0.0.1', [trusted], forwarded('203.0.113.9'))).toMatch(/^203/);
    // Everybody of IPv6, and so nobody of IPv4.
    expect(await clientOf('::ffff:10.0.0.1', ['::/0'], forwarded('203.0.113.9'))).toBe('10.0.0.1');
  });

  test('other headers are not looked at even then', async () => {
    for (const name of ['forwarded', 'x-real-ip', 'cf-connecting-ip', 'true-client-ip'])
      expect(await clientOf('10.0.0.1', proxies, { [name]: '203.0.113.9' })).toBe('10.0.0.1');
  });
});
