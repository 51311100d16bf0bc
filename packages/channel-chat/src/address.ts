import { type AddressProblem, fail, ok, type Result } from '@posthorn/core';

/** As the configuration spells accounts. */
const accountName = /^[a-z0-9][a-z0-9-]{0,63}$/;
const shownCharacters = 3;

/** The name of a chat account. Only the space around it may be wrong: whether there is such an account, the config knows. */
export function parseAddress(text: string): Result<string, AddressProblem> {
  const name = text.trim();
  if (name === '') return fail({ code: 'account_missing', detail: 'the name of the chat account is empty' });
  if (accountName.test(name)) return ok(name);
  const detail = 'a chat account is named by lower-case letters, digits and dashes, at most 64';
  return fail({ code: 'invalid_account', detail });
}

/** `ops***`. A name is no secret, but lists show all addresses masked. */
export function maskAddress(address: string): string {
  return `${address.slice(0, shownCharacters)}***`;
}
