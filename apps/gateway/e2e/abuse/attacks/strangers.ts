import type { Attack } from '../attack.ts';

/** Where anybody may write: what cannot be proved to come from whom it says is like a path that is not there. */
const forged = { method: 'POST', status: 403, code: 'callback_forged' } as const;
const nowhere = { status: 404, code: 'not_found' } as const;
const form = { 'content-type': 'application/x-www-form-urlencoded' } as const;
const report = 'AccountSid=AC00000000000000000000000000000001&MessageSid=SM1&MessageStatus=delivered';
const place = '/callbacks/vendor/{callback}';

const signatures: readonly (readonly [what: string, headers: Readonly<Record<string, string>>])[] = [
  ['no signature', {}],
  ['an empty signature', { 'x-twilio-signature': '' }],
  ['a short signature', { 'x-twilio-signature': 'QQ==' }],
  ['a signature of the right length', { 'x-twilio-signature': `${'A'.repeat(27)}=` }],
  ['a signature in hexadecimal', { 'x-twilio-signature': 'AB'.repeat(20) }],
  ['two signatures', { 'x-twilio-signature': `${'A'.repeat(27)}=, ${'B'.repeat(27)}=` }],
  ['a signature beyond ASCII', { 'x-twilio-signature': 'é'.repeat(28) }],
  ["another vendor's signature", { 'x-wsse': 'UsernameToken Username="x"', signature: 'x' }],
];

export const forgedCallbacks: readonly Attack[] = [
  ...signatures.map(
    ([what, headers]): Attack => ({
      ...forged,
      abuse: 'A30',
      what,
      path: place,
      body: report,
      headers: { ...form, ...headers },
    }),
  ),
  {
    method: 'POST',
    abuse: 'A30',
    what: 'no body',
    path: place,
    body: '',
    headers: form,
    status: 400,
    code: 'callback_unreadable',
  },
  {
    method: 'POST',
    abuse: 'A17',
    what: 'more than a mebibyte',
    path: place,
    body: 'x'.repeat(1_024 * 1_024 + 1),
    headers: form,
    status: 413,
    code: 'payload_too_large',
  },
];

export const unreadableProbes: readonly Attack[] = [
  {
    abuse: 'A30',
    what: 'a probe that is no report',
    method: 'GET',
    path: place,
    status: 400,
    code: 'callback_unreadable',
  },
];

/** Addresses that are nobody's. */
export function strayCallbacks(method: 'GET' | 'POST'): readonly Attack[] {
  const places: readonly (readonly [what: string, path: string])[] = [
    ['a wrong token', `/callbacks/vendor/${'A'.repeat(32)}`],
    ['a token and more', `${place}0`],
    ['a short token', '/callbacks/vendor/A'],
    ['a token of 5,000 characters', `/callbacks/vendor/${'A'.repeat(5_000)}`],
    ["another account's token", '/callbacks/sandbox/{callback}'],
    ['an account that is not there', '/callbacks/nobody/{callback}'],
    ['an account called __proto__', '/callbacks/__proto__/{callback}'],
    ['an account with a NUL', '/callbacks/%00/{callback}'],
    ['half a character for a token', '/callbacks/vendor/%E0%A4%A'],
  ];
  return places.map(([what, path]) => ({
    abuse: 'A30',
    what,
    method,
    path,
    ...(method === 'POST' && { body: report, headers: form }),
    ...nowhere,
  }));
}

/** Links that nobody was sent. */
export function strayLinks(method: 'GET' | 'POST'): readonly Attack[] {
  const tokens: readonly (readonly [what: string, token: string])[] = [
    ['a short token', 'x'],
    ['a token of the right length', 'A'.repeat(150)],
    ['a token of 10,000 characters', 'A'.repeat(10_000)],
    ['a token called __proto__', '__proto__'],
    ['markup', '%3Cscript%3Ealert(1)%3C%2Fscript%3E'],
    ['NUL', '%00'],
    ['half a character', '%E0%A4%A'],
  ];
  return tokens.map(([what, token]) => ({
    abuse: 'A36',
    what,
    method,
    path: `/unsubscribe/${token}`,
    ...(method === 'POST' && { body: 'List-Unsubscribe=One-Click', headers: form }),
    status: 404,
    code: null,
  }));
}
