import { type AddressProblem, fail, ok, type Result } from '@posthorn/core';
import { readSubscription, subscriptionText } from './subscription.ts';

/** Google promises no length. Today's registration tokens have 140 to 170 characters; the bounds only catch mix-ups. */
const shortest = 32;
const longest = 4_096;
/** What tokens are made of: an installation id, a colon and base64url text. */
const tokenCharacters = /^[A-Za-z0-9_:-]+$/;
/** Apple's tokens are bytes, written in hexadecimal: 32 of them on a telephone, up to 100 elsewhere. No token of Google's is. */
const appleToken = /^(?:[0-9a-f]{2}){32,100}$/i;
const shownCharacters = 6;

/**
 * Who gave a token out, told by its form: a web push subscription is JSON, a token of Apple's hexadecimal digits, and any other
 * is a registration token of Firebase, whatever the device.
 */
export function kindOf(address: string): 'webpush' | 'apns' | 'fcm' {
  if (address.startsWith('{')) return 'webpush';
  return appleToken.test(address) ? 'apns' : 'fcm';
}

/** A device token as the app or the browser got it. Only the space around it may be wrong, as copying leaves it. */
export function parseAddress(text: string): Result<string, AddressProblem> {
  const token = text.trim();
  switch (kindOf(token)) {
    case 'webpush': {
      const read = readSubscription(token);
      return read.ok ? ok(subscriptionText(read.value)) : read;
    }
    case 'apns':
      return ok(token.toLowerCase());
    case 'fcm':
      return parseRegistrationToken(token);
  }
}

function parseRegistrationToken(token: string): Result<string, AddressProblem> {
  if (token === '') return fail({ code: 'token_missing', detail: 'the device token is empty' });
  if (token.length > longest)
    return fail({ code: 'token_too_long', detail: `a device token has at most ${longest} characters` });
  if (!tokenCharacters.test(token))
    return fail({ code: 'invalid_token', detail: 'a device token has only letters, digits, "-", "_" and ":"' });
  if (token.length < shortest)
    return fail({ code: 'token_too_short', detail: `a device token has at least ${shortest} characters` });
  return ok(token);
}

/** `fGx1Zq***`, `web.push.apple.com/***`: enough to find a device among a person's few. */
export function maskAddress(address: string): string {
  const subscription = kindOf(address) === 'webpush' ? readSubscription(address) : null;
  return subscription?.ok ? `${subscription.value.endpoint.host}/***` : `${address.slice(0, shownCharacters)}***`;
}
