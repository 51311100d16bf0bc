import type { EgressTarget } from '@posthorn/core';
import { type AddressBytes, addressBytes, embeddedIpv4 } from './address.ts';
import { type AddressRange, addressRange, isInRange } from './range.ts';
import {
  badPorts,
  ipv6Internet,
  loopbackName,
  metadataNames,
  type SpecialRange,
  specialRanges,
} from './special-addresses.ts';

/** Where requests may go. Both questions give the reason against it, without the address; null when there is none. */
export interface EgressGuard {
  /** Of a URL, by what it says itself: its host is looked at when it is an address, or a name that is known to be one. */
  forbids(target: EgressTarget): string | null;
  /** Of an address that a connection would be made to. */
  forbidsAddress(address: string, target: EgressTarget): string | null;
}

/** `allow`: ranges that the operator opens beside the internet. What is `never` reached stays shut whatever they cover. */
export function egressGuard(allow: readonly string[]): EgressGuard {
  const opened = allow.map(addressRange).filter((range) => range !== null);
  const forbidsAddress = (address: string, { url, allowPrivate }: EgressTarget) => {
    const bytes = addressBytes(address);
    if (bytes === null) return 'the name leads to something that is not an address';
    const found = natureOf(bytes);
    if (found?.class === 'never') return `${found.noun} is never reached`;
    if (isOpened(bytes, opened)) return null;
    if (found !== null && !(found.class === 'private' && allowPrivate === true))
      return `${found.noun} is not reached from here: ${cure(found, allowPrivate !== undefined)}`;
    // Over the internet everybody on the way could read and change it.
    return found === null && url.protocol === 'http:' ? 'plain http reaches allowed networks only: use https' : null;
  };
  return {
    forbids(target) {
      const { url } = target;
      const fault = urlFault(url);
      if (fault !== null) return fault;
      const host = hostOf(url);
      if (metadataNames.has(host)) return 'a metadata service is never reached';
      if (loopbackName.test(host)) {
        const [first, second] = ['127.0.0.1', '::1'].map((address) => forbidsAddress(address, target));
        return first === null || second === null ? null : (first ?? null);
      }
      return addressBytes(host) === null ? null : forbidsAddress(host, target);
    },
    forbidsAddress,
  };
}

/** What a whole range is, when no setting opens any of it; else null. */
export function shutRange({ bytes, bits }: AddressRange): string | null {
  const shut = specialRanges.find((special) => special.class === 'never' && isInRange(special.range, bytes, bits));
  return shut?.noun ?? null;
}

/** The host as names and addresses are spelt elsewhere. `URL` has brought every spelling of an IPv4 address to four decimals. */
export function hostOf(url: URL): string {
  const { hostname } = url;
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
}

function urlFault(url: URL): string | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'only https and http URLs can be reached';
  if (url.username !== '' || url.password !== '') return 'a URL must not have a user name or password in it';
  if (url.hostname === '') return 'the URL has no host';
  if (url.port !== '' && badPorts.has(Number(url.port))) return 'this port belongs to another protocol than HTTP';
  return null;
}

/** What is special about an address or about the IPv4 address that it stands for, the worst of it; null on the internet. */
function natureOf(bytes: AddressBytes): Nature | null {
  if (bytes.length === 4) return specialOf(bytes);
  const natures = [bytes, ...embeddedIpv4(bytes)].map(specialOf).filter((nature) => nature !== null);
  const [worst] = natures.toSorted((a, b) => worstFirst.indexOf(a.class) - worstFirst.indexOf(b.class));
  if (worst !== undefined) return worst;
  const isGiven = ipv6Internet.some((range) => isInRange(range, bytes));
  return isGiven ? null : { class: 'odd', noun: 'a reserved address' };
}

type Nature = Pick<SpecialRange, 'class' | 'noun'>;

const worstFirst: readonly Nature['class'][] = ['never', 'odd', 'private'];

const ofIpv4 = specialRanges.filter(({ range }) => range.bytes.length === 4);
const ofIpv6 = specialRanges.filter(({ range }) => range.bytes.length === 16);

function specialOf(bytes: AddressBytes): Nature | null {
  return (bytes.length === 4 ? ofIpv4 : ofIpv6).find(({ range }) => isInRange(range, bytes)) ?? null;
}

/** What opens 10.0.0.0/8 opens it also where it is reached through IPv6, but no tunnel that has a range of its own. */
function isOpened(bytes: AddressBytes, opened: readonly AddressRange[]): boolean {
  const means = specialOf(bytes) === null ? [bytes, ...embeddedIpv4(bytes)] : [bytes];
  return means.some((each) => opened.some((range) => isInRange(range, each)));
}

/** The setting that would open it; `allowPrivate` is named only where the account has it. */
function cure({ class: kind }: Nature, hasAllowPrivate: boolean): string {
  return kind === 'private' && hasAllowPrivate
    ? 'egress.allow opens a network to all accounts, allowPrivate private ones to one'
    : 'egress.allow would open it';
}
