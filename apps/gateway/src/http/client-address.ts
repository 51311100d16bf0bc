import { SocketAddress } from 'node:net';
import { type AddressBytes, type AddressRange, addressBytes, addressRange, isInRange } from '@posthorn/egress';
import type { Context } from 'hono';
import { incomingOf } from './incoming.ts';

/**
 * The IP address that a request came from, in one spelling: IPv4 in four numbers, also where it travels in IPv6, IPv6 as
 * RFC 5952 writes it and without its zone. `::`, which is nobody's, where the connection is gone already.
 */
export type ClientAddressOf = (context: Context) => string;

/**
 * Knows clients by the socket, and by `X-Forwarded-For` as far as configured proxies wrote it: each appends whom it heard,
 * so the list is read from its end for as long as the hop before is trusted. Whatever else a request says of its origin
 * (`Forwarded`, `X-Real-IP`, the headers of content networks) anybody can write, and is not looked at.
 */
export function clientAddresses(trustedProxies: readonly string[]): ClientAddressOf {
  const isTrusted = trustedPeers(trustedProxies);
  return (context) => {
    const peer = incomingOf(context)?.socket.remoteAddress ?? nobody;
    if (trustedProxies.length === 0) return addressText(peer) ?? nobody;
    return forwardedFrom(peer, context.req.header('x-forwarded-for') ?? '', isTrusted);
  };
}

const nobody = '::';

/** Whether an address, as a socket tells it, is one of the configured proxies. */
export function trustedPeers(trustedProxies: readonly string[]): (address: string) => boolean {
  const trusted = trustedProxies.map(trustedRange);
  return (address) => {
    const bytes = unmapped(addressBytes(address) ?? []);
    return trusted.some((range) => isInRange(range, bytes));
  };
}

function forwardedFrom(peer: string, forwardedFor: string, isTrusted: (address: string) => boolean): string {
  const hops = forwardedFor === '' ? [] : forwardedFor.split(',');
  let client = addressText(peer) ?? nobody;
  while (isTrusted(client)) {
    const before = addressText(hostOf(hops.pop() ?? ''));
    // The end of the list, or a word such as "unknown": nobody we trust knows more.
    if (before === null) break;
    client = before;
  }
  return client;
}

/** Some proxies write the port too: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function hostOf(hop: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d{1,5})?$/.exec(hop.trim()) ?? [];
  return bracketed ?? plain ?? hop.trim();
}

function addressText(text: string): string | null {
  const bytes = addressBytes(text);
  if (bytes === null) return null;
  const own = unmapped(bytes);
  if (own.length === 4) return own.join('.');
  const [address = ''] = text.split('%', 1);
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

const mapped: AddressRange = { bytes: [...new Array<number>(10).fill(0), 0xff, 0xff, 0, 0, 0, 0], bits: 96 };

/** A socket that listens on `::` tells its IPv4 peers as `::ffff:192.0.2.1` (RFC 4291, 2.5.5.2). */
function unmapped(bytes: AddressBytes): AddressBytes {
  return isInRange(mapped, bytes) ? bytes.slice(12) : bytes;
}

function trustedRange(text: string): AddressRange {
  const range = addressRange(text);
  if (range === null) throw new Error(`${text} is not a range`);
  if (!isInRange(mapped, range.bytes, range.bits)) return range;
  return { bytes: unmapped(range.bytes), bits: range.bits - mapped.bits };
}
