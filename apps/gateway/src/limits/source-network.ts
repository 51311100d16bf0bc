import type { SourceNetwork } from '@posthorn/core';
import { addressBytes, embeddedIpv4 } from '@posthorn/egress';

/**
 * The network that an IP address belongs to, as limits count sources: /24 of IPv4, /48 of IPv6, which is what one customer
 * gets at no cost. An IPv4 address is the same in each of its IPv6 spellings. Null when the text is no IP address.
 */
export function sourceNetwork(text: string): SourceNetwork | null {
  const bytes = addressBytes(text);
  if (bytes === null) return null;
  const v4 = bytes.length === 4 ? bytes : embeddedIpv4(bytes)[0];
  if (v4 !== undefined) return `${v4.slice(0, 3).join('.')}.0/24`;
  const groups = [0, 2, 4].map((at) => (((bytes[at] as number) << 8) | (bytes[at + 1] as number)).toString(16));
  return `${groups.join(':')}::/48`;
}
