import { isIPv4, isIPv6 } from 'node:net';

/** The bytes of an IP address, 4 or 16, so that every spelling of it is the same; null when the text is none. */
export type AddressBytes = readonly number[];

/** A zone (`fe80::1%eth0`) says through which interface, not where to: it is left out. */
export function addressBytes(text: string): AddressBytes | null {
  const [address = ''] = text.split('%', 1);
  if (isIPv4(address)) return address.split('.').map(Number);
  return isIPv6(address) ? ipv6Bytes(address) : null;
}

function ipv6Bytes(address: string): AddressBytes {
  const [head = '', tail] = address.split('::');
  const front = groupBytes(head);
  if (tail === undefined) return front;
  const back = groupBytes(tail);
  return [...front, ...new Array<number>(16 - front.length - back.length).fill(0), ...back];
}

/** Groups of hexadecimal digits, the last of which may be an IPv4 address. */
function groupBytes(groups: string): AddressBytes {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/**
 * The IPv4 addresses that an IPv6 address stands for, in one of the ways in which IPv4 travels in IPv6: what a translator or
 * a tunnel makes of it is where it leads to.
 */
export function embeddedIpv4(bytes: AddressBytes): readonly AddressBytes[] {
  if (bytes.length !== 16) return [];
  return embeddings
    .filter(({ prefix, unless }) => prefix.every((byte, place) => bytes[place] === byte) && !unless?.(bytes))
    .map(({ read }) => read(bytes));
}

interface Embedding {
  readonly prefix: readonly number[];
  read(bytes: AddressBytes): AddressBytes;
  unless?(bytes: AddressBytes): boolean;
}

const zeros = (count: number) => new Array<number>(count).fill(0);
const last = (bytes: AddressBytes) => bytes.slice(12);

const embeddings: readonly Embedding[] = [
  // IPv4-mapped, ::ffff:a.b.c.d (RFC 4291, 2.5.5.2).
  { prefix: [...zeros(10), 0xff, 0xff], read: last },
  // IPv4-compatible, ::a.b.c.d (RFC 4291, 2.5.5.1); ::1 is not one of them, nor is anything else so small.
  { prefix: zeros(12), read: last, unless: (bytes) => bytes[12] === 0 },
  // IPv4-translated, ::ffff:0:a.b.c.d (RFC 2765).
  { prefix: [...zeros(8), 0xff, 0xff, 0, 0], read: last },
  // NAT64, 64:ff9b::a.b.c.d (RFC 6052).
  { prefix: [0, 0x64, 0xff, 0x9b, ...zeros(8)], read: last },
  // NAT64 of a network's own; its /96 is the usual length (RFC 8215).
  { prefix: [0, 0x64, 0xff, 0x9b, 0, 1], read: last },
  // 6to4, 2002:aabb:ccdd:: (RFC 3056).
  { prefix: [0x20, 0x02], read: (bytes) => bytes.slice(2, 6) },
  // Teredo, 2001:0:server:flags:port:client, the client inverted (RFC 4380).
  { prefix: [0x20, 0x01, 0, 0], read: (bytes) => last(bytes).map((byte) => byte ^ 0xff) },
];
