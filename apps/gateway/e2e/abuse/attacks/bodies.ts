import { gzipSync } from 'node:zlib';
import type { Attack } from '../attack.ts';
import type { Target } from '../target.ts';

const mediaType = { 'content-type': 'application/json' } as const;

/** What every route that takes JSON refuses before it knows what it is about. */
export function bodyAttacks(target: Target): readonly Attack[] {
  const { method, url, json } = target;
  if (json === undefined) return [];
  const text = JSON.stringify(json.good);
  const to = (attack: Omit<Attack, 'method' | 'path'>): Attack => ({
    method,
    path: url,
    headers: mediaType,
    ...attack,
  });
  const badJson = (what: string, body: string | Uint8Array) =>
    to({ abuse: 'A14', what, body, status: 400, code: 'invalid_json' });
  const badShape = (abuse: Attack['abuse'], what: string, body: string) =>
    to({ abuse, what, body, status: 400, code: 'invalid_request' });
  return [
    ...notJson(text).map(([what, body]) => badJson(what, body)),
    ...['null', '[]', '"x"', '1', 'true'].map((body) => badShape('A14', `no object: ${body}`, body)),
    ...shapes(text).map(([abuse, what, body]) => badShape(abuse, what, body)),
    ...mediaTypes.map((type) =>
      to({ abuse: 'A15', what: `as ${type}`, body: text, headers: { 'content-type': type }, ...unsupported }),
    ),
    ...['gzip', 'br', 'deflate', 'identity', 'zstd', 'gzip, gzip'].map((encoding) =>
      to({
        abuse: 'A16',
        what: `Content-Encoding: ${encoding}`,
        body: text,
        headers: { ...mediaType, 'content-encoding': encoding },
        ...unsupported,
      }),
    ),
    to({
      abuse: 'A16',
      what: 'ten megabytes of zeros in some kilobytes',
      body: gzipSync(Buffer.alloc(10_000_000)),
      headers: { ...mediaType, 'content-encoding': 'gzip' },
      ...unsupported,
    }),
    to({
      abuse: 'A17',
      what: 'a byte more than the limit',
      body: padded(text, json.limit + 1),
      status: 413,
      code: 'payload_too_large',
    }),
  ];
}

const unsupported = { status: 415, code: 'unsupported_media_type' } as const;

/** JSON may have white space around it. */
function padded(text: string, bytes: number): string {
  return text + ' '.repeat(bytes - Buffer.byteLength(text));
}

function notJson(text: string): readonly (readonly [what: string, body: string | Uint8Array])[] {
  const inText = (bytes: string) => Buffer.from(text.replace('{', `{"x":"${bytes}",`), 'latin1');
  return [
    ['nothing', ''],
    ['white space', '  \n'],
    ['half an object', '{'],
    ['half a text', '{"to":"'],
    ['a byte order mark', `\ufeff${text}`],
    ['something behind it', `${text}x`],
    ['two documents', `${text}\n${text}`],
    ['a comment', `/* x */${text}`],
    ['single quotes', "{'to':{}}"],
    ['a comma too many', '{"to":{},}'],
    ['NaN', '{"a":NaN}'],
    ['hexadecimal', '{"a":0x10}'],
    ['a raw line break in a text', '{"to":"a\nb"}'],
    ['undefined', 'undefined'],
    ['a form', 'to=x&content=y'],
    ['UTF-16, little end first', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16, big end first', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['Latin-1', inText('\xe9')],
    ['a lone continuation byte', inText('\x80')],
    ['an overlong slash', inText('\xc0\xaf')],
    ['a surrogate in UTF-8', inText('\xed\xa0\x80')],
    ['half a character at the end', Buffer.from([...Buffer.from(text), 0xe4, 0xbd])],
    ['gzip that is not said to be', gzipSync(text)],
    ['random bytes', Buffer.from([0, 1, 2, 3, 254, 255])],
  ];
}

function shapes(text: string): readonly (readonly [abuse: Attack['abuse'], what: string, body: string])[] {
  const with_ = (member: string) => text.replace('{', `{${member},`);
  const names = [
    'tenantId',
    'id',
    'status',
    'createdAt',
    'attempts',
    'projectId',
    'constructor',
    'toString',
    'prototype',
  ];
  return [
    ...names.map((name) => ['A06', `the field ${name}`, with_(`"${name}":"x"`)] as const),
    ['A18', '33 levels', with_(`"x":${'['.repeat(32)}${']'.repeat(32)}`)],
    ['A18', 'twenty thousand levels of lists', with_(`"x":${'['.repeat(20_000)}${']'.repeat(20_000)}`)],
    ['A18', 'five thousand levels of objects', with_(`"x":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`)],
    ['A18', 'five thousand names', with_(Array.from({ length: 5_000 }, (_, n) => `"n${n}":1`).join(','))],
    ['A18', 'a name of 50 KB', with_(`"${'n'.repeat(50_000)}":1`)],
    ['A19', '1e400', with_('"x":1e400')],
    ['A19', '-1e400', with_('"x":-1e400')],
    ['A20', 'NUL', with_('"x":"a\\u0000b"')],
    ['A20', 'NUL in a name', with_('"a\\u0000b":"x"')],
    ['A20', 'the first half of a surrogate pair', with_('"x":"\\ud800"')],
    ['A20', 'the second half', with_('"x":"\\udc00"')],
    ['A20', 'a pair in the wrong order', with_('"x":"\\ude00\\ud83d"')],
    ['A21', '__proto__', with_('"__proto__":{"isAdmin":true}')],
    ['A21', '__proto__ deep inside', with_('"x":[{"y":{"__proto__":null}}]')],
    ['A21', 'constructor.prototype', with_('"constructor":{"prototype":{"isAdmin":true}}')],
    ['A21', 'hasOwnProperty', with_('"hasOwnProperty":1')],
    ['A21', '__defineGetter__', with_('"__defineGetter__":"x"')],
  ];
}

const mediaTypes = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-7',
  'application/json; charset=latin1',
  'application/jsonp',
  'application/problem+json',
  'application/json, text/plain',
  'json',
  '',
];
