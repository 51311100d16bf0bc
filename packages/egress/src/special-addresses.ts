import { type AddressRange, addressRange } from './range.ts';

/** What an address is that is not simply somewhere on the internet. */
export interface SpecialRange {
  readonly range: AddressRange;
  readonly noun: string;
  /**
   * `never`: no setting opens it. `private`: an operator's own network or machine, opened by `egress.allow` and by an
   * account's `allowPrivate`. `odd`: leads nowhere a stranger may name; opened by `egress.allow` alone.
   */
  readonly class: 'never' | 'private' | 'odd';
}

const table: readonly (readonly [SpecialRange['class'], noun: string, ranges: readonly string[]])[] = [
  // First, since some of them lie within ranges that may be opened. All that is link-local is theirs in most clouds.
  [
    'never',
    'a metadata service',
    [
      '169.254.169.254/32',
      '169.254.170.0/24',
      // Aliyun; Oracle's older one; Azure's, which is a public address.
      '100.100.100.200/32',
      '192.0.0.192/32',
      '168.63.129.16/32',
      // AWS, Google, Scaleway.
      'fd00:ec2::/32',
      'fd20:ce::254/128',
      'fd00:42::42/128',
    ],
  ],
  ['never', 'a link-local address', ['169.254.0.0/16', 'fe80::/10']],
  ['never', 'no address of a host', ['0.0.0.0/8', '::/128', '240.0.0.0/4']],
  ['never', 'a multicast address', ['224.0.0.0/4', 'ff00::/8']],
  ['private', 'a loopback address', ['127.0.0.0/8', '::1/128']],
  ['private', 'a private address', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']],
  ['private', "an address behind a provider's translation", ['100.64.0.0/10']],
  // IANA's registries of special purpose, and what is not given to anybody in IPv6.
  ['odd', 'a reserved address', ['192.0.0.0/24', '192.88.99.0/24', '2001::/23', '2002::/16', 'fec0::/10']],
  [
    'odd',
    'an address for documentation',
    ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'],
  ],
  ['odd', 'an address for measurements', ['198.18.0.0/15']],
];

/** The first that an address lies in says what it is. */
export const specialRanges: readonly SpecialRange[] = table.flatMap(([kind, noun, ranges]) =>
  ranges.map((text) => ({ class: kind, noun, range: rangeOf(text) })),
);

/** What of IPv6 is on the internet: global unicast, and IPv4 behind a NAT64 translator, which is judged by its IPv4 address. */
export const ipv6Internet: readonly AddressRange[] = ['2000::/3', '64:ff9b::/96'].map(rangeOf);

/** Names that lead to this machine or to a metadata service wherever they are known. */
export const loopbackName = /^(?:.+\.)?localhost$/;
export const metadataNames: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.tencentyun.com',
  'instance-data',
  'instance-data.ec2.internal',
]);

/** Ports of protocols that a request could be mistaken for: those that browsers refuse (fetch.spec.whatwg.org, "bad port"). */
export const badPorts: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

function rangeOf(text: string): AddressRange {
  const range = addressRange(text);
  if (range === null) throw new Error(`${text} is not a range`);
  return range;
}
