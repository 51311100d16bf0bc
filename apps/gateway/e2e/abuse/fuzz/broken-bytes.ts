import type { Chance } from '../../kills/chance.ts';

/** Requests that are answered with 200 or 202, and out of which the broken ones are made. */
export function soundRequests(key: string): readonly string[] {
  const head = (line: string, ...headers: string[]) =>
    [line, 'Host: localhost', `Authorization: Bearer ${key}`, ...headers, '', ''].join('\r\n');
  const body = '{"to":{"email":"li@example.com"},"content":{"body":"The posthorn has sounded."}}';
  const json = 'Content-Type: application/json';
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
  return [
    head('GET /notifications?limit=2 HTTP/1.1', 'Accept: */*'),
    head('GET /healthz HTTP/1.1', 'Connection: keep-alive'),
    head('POST /notify?dryRun=true HTTP/1.1', json, `Content-Length: ${body.length}`) + body,
    head('POST /notify HTTP/1.1', json, `Content-Length: ${body.length}`, 'Idempotency-Key: raw-1') + body,
    `${head('POST /notify HTTP/1.1', json, 'Transfer-Encoding: chunked')}${chunk(body.slice(0, 20))}${chunk(body.slice(20))}0\r\n\r\n`,
    head('POST /notify HTTP/1.1', json, `Content-Length: ${body.length}`, 'Expect: 100-continue') + body,
    `${head('POST /callbacks/vendor/x HTTP/1.1', 'Content-Type: text/plain', 'Content-Length: 3')}a=b`,
    head('DELETE /suppressions?channel=email&address=x%40example.com HTTP/1.1'),
  ];
}

/** What parsers stumble over: control characters, lengths and encodings that lie, other protocols. */
const splinters: readonly string[] = [
  ...['\r', '\n', '\r\n', '\r\n\r\n', '\0', ' ', '\t', ':', '\x7f', '\x1b[31m', '\xff', '\xc0\xaf', '\u00e9'],
  ...[
    'Content-Length: 5\r\n',
    'Content-Length: -1\r\n',
    'Content-Length: 99999999999999999999\r\n',
    'Content-Length: +2\r\n',
  ],
  ...[
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding: xchunked\r\n',
    'Transfer-Encoding: chunked, identity\r\n',
    ' folded\r\n',
  ],
  ...[
    'Host: other\r\n',
    'Host: a b\r\n',
    'Upgrade: websocket\r\nConnection: Upgrade\r\n',
    'Connection: close\r\n',
    'TE: trailers\r\n',
  ],
  ...[
    'Content-Type: text/plain\r\n',
    'Content-Encoding: gzip\r\n',
    'Authorization: Bearer x\r\n',
    'Expect: 200-maybe\r\n',
  ],
  ...[
    'HTTP/1.0',
    'HTTP/2.0',
    'HTTP/9.9',
    'HTTP/1.1 HTTP/1.1',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01',
  ],
  ...[
    'GET ',
    'CONNECT x:1 ',
    'OPTIONS * ',
    'TRACE / ',
    'http://evil.example/',
    '//',
    '/%',
    '/%00',
    '/\\',
    '?',
    '#',
    '../',
  ],
  ...[
    'ffffffff\r\n',
    '-1\r\n',
    '0\r\n\r\n',
    '5;x=y\r\n',
    'zz\r\n',
    `X-Long: ${'a'.repeat(20_000)}\r\n`,
    'X: y\r\n'.repeat(2_000),
  ],
];

/** A sound request with one to four things done to its bytes. */
export function broken(sound: readonly string[], dice: Chance): Buffer {
  let bytes = Buffer.from(pick(sound, dice), 'latin1');
  for (let times = dice.between(1, 4); times > 0; times--) bytes = damaged(bytes, sound, dice);
  return bytes;
}

function damaged(bytes: Buffer<ArrayBuffer>, sound: readonly string[], dice: Chance): Buffer<ArrayBuffer> {
  const place = dice.between(0, bytes.length);
  const end = Math.min(bytes.length, place + dice.between(1, 40));
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
  switch (dice.between(0, 7)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      const at = Math.min(place, bytes.length - 1);
      if (at >= 0) flipped[at] = (flipped[at] ?? 0) ^ (1 << dice.between(0, 7));
      return flipped;
    }
    case 1:
      return Buffer.concat([before, bytes.subarray(end)]);
    case 2:
      return Buffer.concat([before, bytes.subarray(place, end), after]);
    case 3:
      return Buffer.from(before);
    case 4:
      return Buffer.concat([bytes, Buffer.from(pick(sound, dice), 'latin1')]);
    case 5:
      return Buffer.concat([before, Buffer.from(Array.from({ length: 8 }, () => dice.between(0, 255))), after]);
    case 6:
      return atLine(bytes, dice);
    default:
      return Buffer.concat([before, Buffer.from(pick(splinters, dice), 'latin1'), after]);
  }
}

/** A header line more, where a parser expects one. */
function atLine(bytes: Buffer<ArrayBuffer>, dice: Chance): Buffer<ArrayBuffer> {
  const text = bytes.toString('latin1');
  const lines = [...text.matchAll(/\r\n/g)].map(({ index }) => index + 2);
  const place = lines.length === 0 ? 0 : pick(lines, dice);
  return Buffer.from(text.slice(0, place) + pick(splinters, dice) + text.slice(place), 'latin1');
}

function pick<Item>(items: readonly Item[], dice: Chance): Item {
  return items[dice.between(0, items.length - 1)] as Item;
}
