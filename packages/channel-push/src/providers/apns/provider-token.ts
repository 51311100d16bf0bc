import type { KeyObject } from 'node:crypto';
import type { SignJWT } from 'jose';

/** What Apple knows a developer's key by. */
export interface SigningKey {
  readonly teamId: string;
  readonly keyId: string;
  readonly key: KeyObject;
}

/** The token that goes with every request: Apple wants a new one after 20 minutes at the earliest, and takes one for an hour. */
export interface ProviderTokens {
  current(): Promise<string>;
  /** The current one was called expired. Whether the next request may have another: not while this one is young. */
  discard(): boolean;
}

const leastAgeMs = 20 * 60_000;
const renewAfterMs = 40 * 60_000;

/** `Jwt` is jose's, which is not loaded before an account is opened. */
export function providerTokens(
  { teamId, keyId, key }: SigningKey,
  Jwt: typeof SignJWT,
  now: () => number,
): ProviderTokens {
  let current: { readonly token: Promise<string>; readonly issuedAt: number } | null = null;
  const ageOf = (issuedAt: number) => now() - issuedAt;
  const issue = () => {
    const issuedAt = now();
    const token = new Jwt({ iss: teamId })
      .setProtectedHeader({ alg: 'ES256', kid: keyId })
      .setIssuedAt(Math.floor(issuedAt / 1_000))
      .sign(key);
    current = { token, issuedAt };
    return token;
  };
  return {
    current() {
      if (current === null) return issue();
      const age = ageOf(current.issuedAt);
      // A clock that was set back leaves a token of the future, which Apple does not take.
      return age < 0 || age >= renewAfterMs ? issue() : current.token;
    },
    discard() {
      if (current === null || ageOf(current.issuedAt) < leastAgeMs) return false;
      current = null;
      return true;
    },
  };
}
