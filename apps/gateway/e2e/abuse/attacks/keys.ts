import { adminKey } from '../../gateway-process.ts';
import type { Attack } from '../attack.ts';
import type { Target } from '../target.ts';

const basic = `Basic ${Buffer.from(`admin:${adminKey}`).toString('base64')}`;

/** Headers that look like a key and are none. */
const noKeys: readonly (readonly [abuse: Attack['abuse'], what: string, authorization: string])[] = [
  ['A01', 'no key', ''],
  ['A01', 'an empty key', 'Bearer '],
  ['A01', 'no scheme', adminKey],
  ['A01', 'another scheme', basic],
  ['A01', 'a lower-case scheme', `bearer ${adminKey}`],
  ['A01', 'a token scheme', `Token ${adminKey}`],
  ['A01', 'two keys in a header', `Bearer ${adminKey}, Bearer ${adminKey}`],
  ['A02', 'a wrong key', 'Bearer wrong'],
  ['A02', 'a key with its last character changed', `Bearer ${adminKey.slice(0, -1)}g`],
  ['A02', 'half a key', `Bearer ${adminKey.slice(0, 20)}`],
  ['A02', 'a key and more', `Bearer ${adminKey}0`],
  ['A02', 'only the prefix', 'Bearer phk_admin_'],
  ['A02', 'a key in capitals', `Bearer ${adminKey.toUpperCase()}`],
  ['A02', 'a key of 10 KB', `Bearer ${'k'.repeat(10_000)}`],
  ['A02', 'a key beyond ASCII', `Bearer ${adminKey}é`],
  ['A02', 'an id that means something to JavaScript', 'Bearer phk___proto___x'],
  ['A02', 'a name that means something to JavaScript', 'Bearer __proto__'],
];

let sources = 0;

/** Whoever has no key learns nothing, not even whether the rest of the request is right. */
export function keyAttacks({ method, url, scope, json }: Target): readonly Attack[] {
  if (scope === null) return [];
  const refused = { method, path: url, status: 401, code: 'unauthenticated' } as const;
  const body = json === undefined ? {} : { body: json.good };
  const queries = ['key', 'token', 'api_key', 'access_token'].map(
    (name): Attack => ({
      ...refused,
      ...body,
      abuse: 'A01',
      what: `the key as ?${name}=`,
      path: `${url}${url.includes('?') ? '&' : '?'}${name}=${adminKey}`,
      headers: { authorization: '', ...anotherSource() },
    }),
  );
  const guesses = noKeys.map(
    ([abuse, what, authorization]): Attack => ({
      ...refused,
      ...body,
      abuse,
      what,
      headers: { authorization, ...anotherSource() },
    }),
  );
  const odd: readonly Attack[] = [
    {
      ...refused,
      abuse: 'A01',
      what: 'no key, and a body that is none',
      ...(json && { body: '{' }),
      headers: { authorization: '', ...anotherSource() },
    },
  ];
  return [...guesses, ...queries, ...odd];
}

/** Whoever guesses keys is slowed down by its address: each of these comes from another. */
function anotherSource(): Readonly<Record<string, string>> {
  sources += 1;
  return { 'x-forwarded-for': `10.${sources >> 16}.${(sources >> 8) & 255}.${sources & 255}` };
}
