import { isIPv4 } from 'node:net';
import { fail, ok, type Result } from '@posthorn/core';
import { addressRange, shutRange } from '@posthorn/egress';

/** Another base URL for an account: https, or http towards this very machine. */
export function readEndpoint(text: string): Result<URL, string> {
  const url = baseUrl(text);
  if (!url.ok || url.value.protocol === 'https:' || isLoopback(url.value.hostname)) return url;
  return fail('must begin with https: plain http is for localhost and loopback addresses only');
}

/** Where the outside world reaches this gateway. */
export function readPublicUrl(text: string): Result<URL, string> {
  return baseUrl(text);
}

function baseUrl(text: string): Result<URL, string> {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol))
    return fail('must be a URL such as https://host.example/path');
  if (url.username !== '' || url.password !== '') return fail('must not have a user name or password in it');
  if (url.search !== '' || url.hash !== '') return fail('must be a base URL: leave out what follows "?" or "#"');
  return ok(url);
}

/** `URL` has brought every spelling of an IPv4 address to four decimal numbers by now. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
}

/** An address or a CIDR range, as given. */
export function readRange(text: string): Result<string, string> {
  return addressRange(text) === null ? fail('must be an IP address or a range such as 10.0.0.0/8') : ok(text);
}

/** A range that egress may be opened to; one that stays shut whatever stands here would be a false comfort. */
export function readEgressRange(text: string): Result<string, string> {
  const range = addressRange(text);
  const shut = range === null ? null : shutRange(range);
  return shut === null ? readRange(text) : fail(`cannot be opened: ${shut} is never reached`);
}
