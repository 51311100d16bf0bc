import type { AbuseId } from './attack.ts';

/** A way to abuse the gateway, and what shows that it fails beside the attacks on every route that bear its number. */
export interface AbuseCase {
  readonly id: AbuseId;
  readonly what: string;
  /** What is promised. */
  readonly expected: string;
  /** Further tests: the file from the root, and words of a title in it. */
  readonly proofs?: readonly (readonly [file: string, title: string])[];
  /** Why there is nothing to show yet. */
  readonly notYet?: string;
}

const e2e = (name: string) => `apps/gateway/e2e/${name}.test.ts`;
const source = (name: string) => `apps/gateway/src/${name}.test.ts`;
const egress = (name: string) => `packages/egress/src/${name}.test.ts`;
const mail = (name: string) => `packages/channel-email/src/${name}.test.ts`;

export const cases: readonly AbuseCase[] = [
  {
    id: 'A01',
    what: 'no key, half a header, another scheme, two headers, the key in the query',
    expected: '401 with WWW-Authenticate; nothing of it in the log',
    proofs: [[e2e('authentication'), 'two Authorization headers, the good one first or last']],
  },
  {
    id: 'A02',
    what: 'a key that is nearly right, endless, beyond ASCII, or a name of JavaScript',
    expected: '401, the same answer whatever is wrong, in the same time',
    proofs: [[e2e('authentication'), 'a wrong key answers the same whatever is wrong with it']],
  },
  {
    id: 'A03',
    what: 'a key that was revoked or has run out, on a connection that stays open',
    expected: '401 within a second',
    proofs: [
      [e2e('access/keys'), 'is refused at the next request, on a connection that was open before too'],
      [e2e('access/keys'), 'ends when it expires'],
    ],
  },
  {
    id: 'A04',
    what: 'a key without the scope of a route',
    expected: '403',
    proofs: [[e2e('access/tenants'), 'is for keys of the project that may, and changes nothing for any other']],
  },
  {
    id: 'A05',
    what: 'ids of others, of another kind, made up',
    expected: '404; nothing changes',
  },
  {
    id: 'A06',
    what: 'fields that the server decides, parameters that nobody takes',
    expected: '400 at their place',
    proofs: [[e2e('refusals'), 'what the server decides: id and status']],
  },
  {
    id: 'A07',
    what: 'pages of a billion, negative ones, cursors made up or of another list',
    expected: '400; at most 100 a page',
    proofs: [[e2e('refusals'), 'takes no cursor of another list']],
  },
  {
    id: 'A08',
    what: 'reading a secret again that was shown once',
    expected: 'it is kept as a hash',
    proofs: [[e2e('access/keys'), 'is in no answer but the first, no log line and no file']],
  },
  {
    id: 'A09',
    what: 'a first start without any secret set',
    expected: 'one random key, shown once; no constant to fall back on',
    proofs: [[e2e('first-start'), 'prints where it listens, one key and a curl that works as printed']],
  },
  {
    id: 'A10',
    what: 'an idempotency key again: with another body, with the same one spelled differently',
    expected: '422; the first answer again',
    proofs: [
      [e2e('idempotency'), 'the same key with another body'],
      [e2e('idempotency'), 'in another order'],
    ],
  },
  {
    id: 'A11',
    what: 'idempotency keys that are empty, endless, beyond ASCII, or two',
    expected: '400',
    proofs: [
      [e2e('idempotency'), '10,000 characters'],
      [e2e('wire'), 'two Idempotency-Key headers'],
    ],
  },
  {
    id: 'A12',
    what: 'a hundred requests with one idempotency key at once',
    expected: 'one notification; the others get its answer or 409',
    proofs: [[e2e('idempotency'), '100 times at once makes one notification']],
  },
  {
    id: 'A13',
    what: 'an idempotency key whose first request was refused',
    expected: 'is free',
    proofs: [[e2e('idempotency'), 'is free again when its first request was refused']],
  },
  { id: 'A14', what: 'bodies that are no JSON in UTF-8, or no object', expected: '400' },
  { id: 'A15', what: 'other media types and charsets', expected: '415' },
  { id: 'A16', what: 'packed bodies, small ones that unpack to gigabytes', expected: '415; nothing is unpacked' },
  {
    id: 'A17',
    what: 'bodies over the limit: by length, by chunks, by a lie, byte by byte',
    expected: '413 or 408, and the connection is closed',
    proofs: [
      [e2e('wire'), 'is refused by what arrives, without a Content-Length'],
      [e2e('wire'), 'does not fill the memory, however many send one'],
      [e2e('wire'), 'a body that does not come'],
    ],
  },
  {
    id: 'A18',
    what: 'bottomless nesting, names without end',
    expected: '400 from 33 levels on; of a repeated name the last one counts',
    proofs: [
      [e2e('bodies'), 'of 32 levels is read'],
      [e2e('bodies'), 'the last of a name that stands twice counts'],
    ],
  },
  {
    id: 'A19',
    what: 'numbers beyond the finite or the exact, texts and truth values for numbers',
    expected: '400',
    proofs: [[e2e('refusals'), 'a number too large to be exact']],
  },
  {
    id: 'A20',
    what: 'NUL, half surrogate pairs, writing directions, marks without end',
    expected: '400 for what a store would change; the rest is kept as it is',
    proofs: [[e2e('bodies'), 'a whole pair is kept as it is']],
  },
  {
    id: 'A21',
    what: 'names that mean something to JavaScript, at every level',
    expected: 'refused, or plain names',
    proofs: [[e2e('bodies'), 'are plain names where any name may stand']],
  },
  {
    id: 'A22',
    what: 'line breaks in subjects, names, file names',
    expected: '400; no header and no recipient more',
    proofs: [
      [e2e('email-abuse'), 'a break in the subject'],
      [mail('providers/smtp-injection'), 'a line break of the kind'],
    ],
  },
  {
    id: 'A23',
    what: 'addresses that are two, a group, a command, a host of this machine',
    expected: 'refused unless it is one plain mailbox',
    proofs: [
      [e2e('email-abuse'), 'an address that is not one plain mailbox'],
      [mail('providers/smtp-injection'), 'several or odd recipients'],
    ],
  },
  {
    id: 'A24',
    what: "headers, envelopes and other fields of the mail library's own",
    expected: '400; past the schema the provider refuses them too',
    proofs: [
      [e2e('email-abuse'), 'a field of the mail library'],
      [mail('providers/smtp-injection'), 'fields that the library knows and we do not'],
    ],
  },
  {
    id: 'A25',
    what: 'attachments that name a file, a URL, a device, a writing direction; too many, too large',
    expected: '400; no file is read and no URL fetched',
    proofs: [
      [e2e('email-abuse'), 'with a way to a file or a header'],
      [e2e('email-abuse'), '101 of them'],
      [mail('content'), 'checks a large file in one pass'],
    ],
  },
  {
    id: 'A26',
    what: 'expressions where placeholders stand',
    expected: 'refused or plain text, never evaluated',
    proofs: [
      [e2e('webhook'), 'says in its own content what is wrong with a template'],
      ['packages/channel-webhook/src/template.test.ts', 'no value can change the shape of the body'],
    ],
  },
  {
    id: 'A27',
    what: 'a hundred spellings of this machine, of private networks and of metadata services',
    expected: 'refused when handed in and again when connecting: no connection',
    proofs: [
      [e2e('webhook'), 'refuses %s when it is handed in'],
      [egress('guard'), 'none of them gets a connection'],
    ],
  },
  {
    id: 'A28',
    what: 'names that lead there, now or every second time',
    expected: 'no connection to what was not checked',
    proofs: [[egress('egress'), 'what a name leads to every second time, in a hundred turns']],
  },
  {
    id: 'A29',
    what: 'redirects',
    expected: 'not followed',
    proofs: [
      [e2e('webhook'), 'follows no redirect'],
      [egress('egress'), 'where a %i leads to'],
    ],
  },
  {
    id: 'A30',
    what: 'callbacks with no, half, foreign or several signatures, at made-up addresses',
    expected: '403, 404; nothing changes',
    proofs: [[source('callbacks/callback-routes'), 'that is %s changes nothing']],
  },
  {
    id: 'A31',
    what: 'callbacks said again, out of order, too old',
    expected: 'nothing changes a second time',
    proofs: [[source('callbacks/callback-routes'), 'that is replayed a hundred times happened once']],
  },
  {
    id: 'A32',
    what: 'one-time codes: at once, guessed, used twice, after they were replaced',
    expected: 'one approval; locked after five tries',
    proofs: [
      [e2e('otp'), 'is approved once of a hundred, and after five wrong tries not at all'],
      [e2e('otp'), 'gives way to nothing before a minute has passed, and is not sent again either'],
    ],
  },
  {
    id: 'A33',
    what: 'telling from an answer or its time whether a number is known',
    expected: 'the same answer in the same time',
    proofs: [[e2e('otp'), 'answers for a number without a code as for one that has another']],
  },
  {
    id: 'A34',
    what: 'one number in many spellings, to get around a limit',
    expected: 'one number',
    proofs: [
      ['packages/channel-sms/src/address.test.ts', 'as one number, region'],
      [e2e('limits'), 'are never overshot'],
      [e2e('otp'), 'knows a number in all its spellings'],
    ],
  },
  {
    id: 'A35',
    what: 'headers that claim another address of the caller',
    expected: 'believed from configured proxies alone, counted from the right',
    proofs: [
      [source('http/client-address'), 'is not looked at'],
      [source('http/client-address'), 'behind configured proxies'],
    ],
  },
  {
    id: 'A36',
    what: 'markup in what is stored or asked for',
    expected: 'text; pages for people have none of it',
    proofs: [[source('unsubscribe/unsubscribe-routes'), 'a made-up token changes nothing by']],
  },
  {
    id: 'A37',
    what: "changes of state by another site's page",
    expected: '403',
    notYet: 'no route takes a cookie',
  },
  { id: 'A38', what: 'methods and origins that nobody asked for', expected: '405 with Allow, no word of CORS' },
  { id: 'A39', what: 'paths to files, around guards, with folders in them', expected: '404' },
  {
    id: 'A40',
    what: 'line breaks, escapes and JSON in what is logged',
    expected: 'one line each, escaped',
    proofs: [[e2e('confidentiality'), 'no line can be forged']],
  },
  {
    id: 'A41',
    what: 'files that others may read',
    expected: 'made for their owner alone; a key that others may read is refused',
    proofs: [[source('data-directory'), 'that others can read']],
  },
  {
    id: 'A42',
    what: 'plugins by URL, by data, from elsewhere',
    expected: 'refused at the start',
    proofs: [[source('plugins/load-channel'), '%j is refused']],
  },
];
