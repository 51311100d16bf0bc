import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { type ProviderTools, retryAfterOf } from '@posthorn/core';
import type { Credential, GoogleOAuthAccessToken } from 'firebase-admin/app';
import { answerLimit, type FcmAgent } from './fcm-agent.ts';
import type { ServiceAccount } from './service-account.ts';

/** All that sending needs; the SDK itself would ask for everything in the cloud project. */
const scope = 'https://www.googleapis.com/auth/firebase.messaging';
const lifetimeSeconds = 3_600;

/** No access token. `refused`: Google knows us and says no, or never will know us · `unavailable`: it may be there later. */
export class TokenFailure extends Error {
  readonly kind: 'refused' | 'unavailable';
  readonly code: string;
  readonly retryAfterMs: number | null;

  constructor(kind: 'refused' | 'unavailable', code: string, retryAfterMs: number | null = null) {
    super(`no access token: ${code}`);
    this.kind = kind;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * The credential of a service account: a signed assertion (RFC 7523) is exchanged for an access token, which the SDK keeps
 * until five minutes before its end. The SDK's own `cert()` takes an agent only together with a path to a file, so behind a
 * proxy a key from the environment would have to be written to disk; it also hides whether Google refused us or was away.
 */
export function accessTokenSource(
  account: ServiceAccount,
  agent: FcmAgent,
  { clock, timeoutMs }: Pick<ProviderTools, 'clock' | 'timeoutMs'>,
): Credential {
  const key = createPrivateKey(account.privateKey);
  return {
    // async: the SDK never asks again after a credential that throws instead of rejecting.
    async getAccessToken() {
      const form = new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: assertionOf(account, key, clock.now()),
      });
      return exchange(account.tokenUri, form.toString(), agent, clock.now, AbortSignal.timeout(timeoutMs));
    },
  };
}

function assertionOf(account: ServiceAccount, key: KeyObject, now: number): string {
  const issuedAt = Math.floor(now / 1_000);
  const header = { alg: 'RS256', typ: 'JWT', ...(account.keyId === null ? {} : { kid: account.keyId }) };
  const claims = {
    iss: account.clientEmail,
    scope,
    aud: account.tokenUri,
    iat: issuedAt,
    exp: issuedAt + lifetimeSeconds,
  };
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

function exchange(
  uri: string,
  form: string,
  agent: FcmAgent,
  now: () => number,
  signal: AbortSignal,
): Promise<GoogleOAuthAccessToken> {
  const { promise, resolve, reject } = Promise.withResolvers<GoogleOAuthAccessToken>();
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(form),
  };
  const post = request(uri, { method: 'POST', agent, headers, signal }, (response) => {
    readAnswer(response)
      .then((text) => resolve(tokenOf(response, text, now())))
      .catch(reject);
  });
  post.on('error', () => reject(new TokenFailure('unavailable', signal.aborted ? 'timeout' : 'connection_failed')));
  post.end(form);
  return promise;
}

async function readAnswer(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > answerLimit) break;
      parts.push(part);
    }
  } catch {
    throw new TokenFailure('unavailable', 'answer_cut_off');
  }
  if (bytes > answerLimit) throw new TokenFailure('unavailable', 'answer_too_large');
  return Buffer.concat(parts).toString();
}

function tokenOf(response: IncomingMessage, text: string, now: number): GoogleOAuthAccessToken {
  const status = response.statusCode ?? 0;
  const answer = objectOf(text);
  const { access_token, expires_in, error } = answer ?? {};
  if (status === 200 && typeof access_token === 'string' && access_token !== '' && typeof expires_in === 'number')
    return { access_token, expires_in };
  // A page instead of JSON comes from something between us and Google.
  const final = status >= 400 && status < 500 && status !== 408 && status !== 429 && answer !== null;
  const named = typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? error : `http_${status}`;
  throw final
    ? new TokenFailure('refused', named)
    : new TokenFailure('unavailable', named, retryAfterOf(response.headers, now));
}

function objectOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
