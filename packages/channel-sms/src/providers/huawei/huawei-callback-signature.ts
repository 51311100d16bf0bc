import { timingSafeEqual } from 'node:crypto';
import type { CallbackRequest } from '@posthorn/core';
import { textOf } from '../../callback/body.ts';
import { type SdkHmacKey, sdkHmacAuthorization } from './huawei-signature.ts';

/** Which callbacks an account believes. */
export interface CallbackTrust extends SdkHmacKey {
  /** The application signs what it pushes, so that nothing else is believed. */
  readonly signedCallbacks: boolean;
}

/** The vendor's, for requests to it: "15 minutes". */
const longestDriftMs = 15 * 60_000;
const shape = /^SDK-HMAC-SHA256 Access=([^,\s]+), ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/** Why a callback is not the vendor's; null when it is, or when it is unsigned and need not be. A signature that is there always counts. */
export function faultOfSignature(request: CallbackRequest, trust: CallbackTrust): string | null {
  const { headers } = request;
  const given = headers['authorization'] ?? '';
  const date = headers['x-sdk-date'] ?? '';
  if (given === '' && date === '' && !trust.signedCallbacks) return null;
  const [, access, names = '', signature = ''] = shape.exec(given) ?? [];
  if (access === undefined) return 'it has no signature that can be read';
  if (access !== trust.appKey) return 'it is signed for another application';
  if (!(Math.abs(request.receivedAt - sdkMoment(date)) <= longestDriftMs)) return 'its signature is not of now';
  const signed = names.split(';');
  if (!signed.includes('x-sdk-date')) return 'its signature does not cover its date';
  const body = textOf(request);
  if (body === null) return 'its body is not UTF-8';
  // What stood before a proxy is the public address, whatever the proxy calls it.
  const covered = new Map([...Object.entries(headers), ['host', request.url.host] as const]);
  const lines = Object.fromEntries(signed.map((name) => [name, covered.get(name) ?? '']));
  const expected = sdkHmacAuthorization(
    { method: request.method, url: request.url, headers: { ...lines, 'x-sdk-date': date }, body },
    trust,
  );
  return isSame(expected.slice(-signature.length), signature) ? null : 'its signature is wrong';
}

/** The moment that a header says: `20191115T033655Z`; NaN when it says none. */
function sdkMoment(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'));
}

function isSame(expected: string, given: string): boolean {
  return expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given));
}
