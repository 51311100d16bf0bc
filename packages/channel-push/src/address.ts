import { type AddressProblem, fail, ok, type Result } from '@posthorn/core';

/** Google promises no length. Today's registration tokens have 140 to 170 characters; the bounds only catch mix-ups. */
const shortest = 32;
const longest = 4_096;
/** What tokens are made of: an installation id, a colon and base64url text. */
const tokenCharacters = /^[A-Za-z0-9_:-]+$/;
const shownCharacters = 6;

/** A registration token as the app got it from its Firebase SDK. Only the space around it may be wrong, as copying leaves it. */
export function parseAddress(text: string): Result<string, AddressProblem> {
  const token = text.trim();
  if (token === '') return fail({ code: 'token_missing', detail: 'the device token is empty' });
  if (token.length > longest)
    return fail({ code: 'token_too_long', detail: `a device token has at most ${longest} characters` });
  if (!tokenCharacters.test(token))
    return fail({ code: 'invalid_token', detail: 'a device token has only letters, digits, "-", "_" and ":"' });
  if (token.length < shortest)
    return fail({ code: 'token_too_short', detail: `a device token has at least ${shortest} characters` });
  return ok(token);
}

/** `fGx1Zq***`: enough to find a token among a person's few devices. */
export function maskAddress(address: string): string {
  return `${address.slice(0, shownCharacters)}***`;
}
