import { vendorDouble } from '@posthorn/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openEgress } from './egress.ts';
import { egressGuard } from './guard.ts';

const shut = egressGuard([]);
const forbids = (text: string, guard = shut, allowPrivate = false) =>
  guard.forbids({ url: new URL(text), ...(allowPrivate && { allowPrivate }) });

/** Spellings of addresses of this machine, of its networks and of metadata services (facts of A27). */
const literals = [
  ...['127.0.0.1', '127.1', '0x7f000001', '0x7f.1', '0177.0.0.1', '0177.1', '2130706433', '017700000001', '127.0.0.1.'],
  ...[
    '①②⑦.⓪.⓪.①',
    '１２７.0.0.1',
    '127。0。0。1',
    '127．0．0．1',
    '127.255.255.254',
    'localhost',
    'LOCALHOST',
    'localhost.',
  ],
  ...[
    'loca\tlhost',
    'ｌｏｃａｌｈｏｓｔ',
    'app.localhost',
    '%6cocalhost',
    '0',
    '0.0.0.0',
    '0x0',
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
  ],
  ...[
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:7f00:1]',
    '[::127.0.0.1]',
    '[::7f00:1]',
    '[::ffff:0:7f00:1]',
  ],
  ...['[64:ff9b::7f00:1]', '[64:ff9b::10.0.0.1]', '[64:ff9b:1::7f00:1]', '[64:ff9b:1::808:808]', '[2002:7f00:1::]'],
  ...['[2002:a9fe:a9fe::]', '[2001:0:7f00:1::]', '[2001:0:0:0:0:0:80ff:fffe]', '[fe80::1]', '[febf::1]', '[fec0::1]'],
  ...[
    '[fc00::1]',
    '[fdff:ffff::1]',
    '[fd00:ec2::254]',
    '[fd20:ce::254]',
    '[ff02::1]',
    '[2001:db8::1]',
    '[3fff::1]',
    '[100::1]',
  ],
  ...[
    '[4000::1]',
    '[5f00::1]',
    '10.0.0.1',
    '10.255.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '0xc0a80001',
  ],
  ...[
    '169.254.169.254',
    '0xa9fea9fe',
    '2852039166',
    '0251.0376.0251.0376',
    '[::ffff:a9fe:a9fe]',
    '[64:ff9b::a9fe:a9fe]',
  ],
  ...[
    '169.254.170.2',
    '169.254.1.1',
    'metadata.google.internal',
    'METADATA.google.internal.',
    'metadata',
    'instance-data',
  ],
  ...['100.100.100.200', '192.0.0.192', '168.63.129.16', '100.64.0.1', '100.127.255.255', '192.0.0.8', '192.0.2.1'],
  ...['198.18.0.1', '198.19.255.255', '198.51.100.7', '203.0.113.9', '192.88.99.1', '224.0.0.1', '239.255.255.255'],
  ...['240.0.0.1', '255.255.255.255', '[::ffff:8.8.8.8]', '[::8.8.8.8]', '[2002:808:808::]'],
];

describe('of an address in a URL', () => {
  it.each(literals)('%s is forbidden', (host) => {
    for (const port of ['', ':8443']) {
      const reason = forbids(`https://${host}${port}/hook`);
      expect(reason).toMatch(/not reached|never reached/);
      expect(reason).not.toMatch(/[0-9]/);
    }
  });

  it.each([
    ...[
      '8.8.8.8',
      '1.1.1.1',
      '172.15.0.1',
      '172.32.0.1',
      '192.167.0.1',
      '100.63.0.1',
      '100.128.0.1',
      '169.253.0.1',
      '11.0.0.1',
    ],
    ...['223.255.255.255', '126.0.0.1', '128.0.0.1', '[2606:4700::1111]', '[2a00:1450::1]', '[64:ff9b::8.8.8.8]'],
    ...['example.com', 'localhost.example.com', 'metadata.example.com', '127.0.0.1.example.com', '10.example.com'],
  ])('%s may be tried', (host) => {
    expect(forbids(`https://${host}/hook`)).toBeNull();
  });

  it('none of them gets a connection', async () => {
    const canary = await vendorDouble({ reply: () => ({ status: 200, body: '' }) });
    const gate = openEgress({ allow: [], resolve: () => Promise.reject(new Error('this was looked up')) });
    for (const host of literals) {
      for (const scheme of ['http', 'https']) {
        const url = new URL(`${scheme}://${host}:${canary.port}/`);
        const asked = { method: 'POST', url, headers: {}, body: 'x', signal: AbortSignal.timeout(10_000) } as const;
        expect((await gate.egress(asked)).kind).toBe('forbidden');
      }
    }
    expect(canary.requests).toHaveLength(0);
    gate.close();
    await canary.close();
  });

  it.each([
    ['ftp://example.com/', 'only https and http'],
    ['file:///etc/passwd', 'only https and http'],
    ['gopher://127.0.0.1:25/x', 'only https and http'],
    ['data:text/plain,x', 'only https and http'],
    ['javascript:alert(1)', 'only https and http'],
    ['https://user@example.com/', 'user name'],
    ['https://:secret@example.com/', 'user name'],
    ['https://example.com@127.0.0.1/', 'user name'],
    ['https://example.com:25/', 'another protocol'],
    ['https://example.com:6667/', 'another protocol'],
    ['https://example.com:0/', 'another protocol'],
    ['http://8.8.8.8/', 'use https'],
  ])('%s is forbidden', (url, reason) => {
    expect(forbids(url)).toContain(reason);
  });

  it('a name may be http: only what it leads to can tell', () => {
    expect(forbids('http://intranet.example/')).toBeNull();
  });
});

it('names a cure that the account has', () => {
  const url = new URL('https://10.0.0.1/');
  expect(shut.forbids({ url, allowPrivate: false })).toContain('allowPrivate');
  expect(shut.forbids({ url })).toBe('a private address is not reached from here: egress.allow would open it');
});

describe('opened', () => {
  it('a range opens what lies in it, however it is written, for http as well', () => {
    const guard = egressGuard(['10.0.0.0/8', '127.0.0.1', 'fd12::/16']);
    for (const host of ['10.1.2.3', '[::ffff:10.1.2.3]', '[64:ff9b::a01:203]', '127.1', 'localhost', '[fd12::5]'])
      expect(forbids(`http://${host}/`, guard)).toBeNull();
    for (const host of ['11.0.0.1', '127.0.0.2', '[::1]', '[fd13::5]', '192.168.0.1', '[2002:a01:203::]', '[::2]'])
      expect(forbids(`http://${host}/`, guard)).not.toBeNull();
  });

  it('a range of everything opens no metadata service, nothing link-local and no multicast', () => {
    const guard = egressGuard(['0.0.0.0/0', '::/0', '169.254.169.254', '100.100.100.200']);
    for (const host of ['169.254.169.254', '100.100.100.200', '168.63.129.16', '[fd00:ec2::254]', '[::ffff:a9fe:a9fe]'])
      expect(forbids(`https://${host}/`, guard, true)).toContain('a metadata service is never reached');
    for (const host of ['[64:ff9b::a9fe:a9fe]', '[2002:a9fe:a9fe::]', 'metadata.google.internal', '[2002:6464:64c8::]'])
      expect(forbids(`https://${host}/`, guard, true)).toContain('a metadata service is never reached');
    for (const host of ['169.254.1.1', '[fe80::1]', '224.0.0.1', '[ff02::1]', '0.0.0.0', '[::]'])
      expect(forbids(`https://${host}/`, guard, true)).toContain('never reached');
    for (const host of ['10.0.0.1', '203.0.113.9', '[fec0::1]', 'localhost'])
      expect(forbids(`http://${host}/`, guard)).toBeNull();
  });

  it('an account that may reach private networks reaches these and this machine, and nothing else that is special', () => {
    for (const host of [
      '10.0.0.1',
      '172.16.0.1',
      '192.168.0.1',
      '100.64.0.1',
      '[fc00::1]',
      '127.0.0.1',
      '[::1]',
      'localhost',
    ])
      expect(forbids(`http://${host}/`, shut, true)).toBeNull();
    for (const host of [
      '100.100.100.200',
      '[fd00:ec2::254]',
      '169.254.1.1',
      '192.0.2.1',
      '[2002:a00:1::]',
      '0.0.0.0',
      '8.8.8.8',
    ])
      expect(forbids(`http://${host}/`, shut, true)).not.toBeNull();
  });
});

describe('of an address that a name leads to', () => {
  const url = new URL('https://hook.example/');

  it('judges it as it would in a URL', () => {
    const quad = fc.tuple(...Array.from({ length: 4 }, () => fc.nat(255)));
    fc.assert(
      fc.property(quad, (bytes) => {
        const address = bytes.join('.');
        expect(shut.forbidsAddress(address, { url })).toBe(forbids(`https://${address}/`));
        expect(shut.forbidsAddress(`::ffff:${address}`, { url })).not.toBeNull();
      }),
    );
  });

  it('forbids link-local ones with their zone, and what is no address', () => {
    expect(shut.forbidsAddress('fe80::1%eth0', { url })).toContain('link-local');
    expect(shut.forbidsAddress('not-an-address', { url })).toContain('not an address');
  });

  it('allows plain http to allowed networks alone', () => {
    const plain = new URL('http://hook.example/');
    expect(shut.forbidsAddress('8.8.8.8', { url: plain })).toContain('use https');
    expect(egressGuard(['8.8.8.8']).forbidsAddress('8.8.8.8', { url: plain })).toBeNull();
    expect(shut.forbidsAddress('10.0.0.1', { url: plain, allowPrivate: true })).toBeNull();
  });
});
