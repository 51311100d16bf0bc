import { isIP, isIPv4 } from 'node:net';
import { fail, ok, type Result } from '@posthorn/core';

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
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  return version !== 0 && fits && more.length === 0 && !address.includes('%')
    ? ok(text)
    : fail('must be an IP address or a range such as 10.0.0.0/8');
}
