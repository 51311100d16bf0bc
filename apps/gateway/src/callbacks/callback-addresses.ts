import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Lane } from '@posthorn/core';

/** Where the vendors of accounts report: one secret address per account. */
export interface CallbackAddresses {
  /** The full address, for the vendor's console or its `StatusCallback`; null without a public URL. */
  urlOf(lane: Lane): URL | null;
  /** Whose address it is; null when the account or the token is not ours, without a hint which. */
  find(account: string, token: string): Lane | null;
}

/** 192 bits: nobody guesses it, and a vendor's form takes it. */
const tokenBytes = 24;

/**
 * The token is drawn from `secret` and the account's channel and name, so it is there from the first start, survives a
 * restore together with the key file, and stands in no store. Two channels may have accounts of one name: the address names
 * the account alone, and the token tells which of them is meant.
 */
export function callbackAddresses(secret: Buffer, lanes: readonly Lane[], publicUrl: URL | null): CallbackAddresses {
  const tokenOf = ({ channel, account }: Lane): string =>
    createHmac('sha256', secret).update(`${channel}/${account}`).digest().subarray(0, tokenBytes).toString('base64url');
  const named = new Map<string, readonly { readonly lane: Lane; readonly token: Buffer }[]>();
  for (const lane of lanes) {
    const entry = { lane, token: Buffer.from(tokenOf(lane)) };
    named.set(lane.account, [...(named.get(lane.account) ?? []), entry]);
  }
  // Compared with as well when there is no such account, so that time does not tell the names.
  const nobody = [{ lane: null, token: Buffer.from(tokenOf({ channel: '', account: '' })) }];
  return {
    urlOf: (lane) => (publicUrl === null ? null : below(publicUrl, `callbacks/${lane.account}/${tokenOf(lane)}`)),
    find(account, token) {
      const given = Buffer.from(token);
      let found: Lane | null = null;
      for (const { lane, token: expected } of named.get(account) ?? nobody) {
        if (given.length === expected.length && timingSafeEqual(given, expected)) found = lane;
      }
      return found;
    },
  };
}

/** A path under a base URL, which may have a path of its own. */
export function below(base: URL, path: string): URL {
  return new URL(path, base.href.endsWith('/') ? base.href : `${base.href}/`);
}
