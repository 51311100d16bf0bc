import type { Attack } from '../attack.ts';
import type { Target } from '../target.ts';

const foreign = '01a208ee-f7c5-7000-99b0-4d2706000000';

/** Ids that are none, or not of this project: all of them are simply not there. */
export function idAttacks({ method, path, ids, json }: Target): readonly Attack[] {
  if (ids === undefined) return [];
  const places: readonly (readonly [abuse: Attack['abuse'], what: string, id: string])[] = [
    ['A05', 'an id that nobody has', `${ids}_${foreign}`],
    ['A05', 'an id of another kind', `${ids === 'ntf' ? 'dlv' : 'ntf'}_${foreign}`],
    ['A05', 'an id in capitals', `${ids}_${foreign}`.toUpperCase()],
    ['A05', 'a number', '1'],
    ['A05', 'a negative number', '-1'],
    ['A05', 'a prefix', `${ids}_`],
    ['A05', 'a pattern', '%25'],
    ['A21', '__proto__', '__proto__'],
    ['A21', 'constructor', 'constructor'],
    ['A39', 'folders', '%2e%2e%2fetc%2fpasswd'],
    ['A39', 'folders of Windows', '..%5c..%5cwindows'],
    ['A20', 'NUL', '%00'],
    ['A20', 'half a character', '%E0%A4%A'],
    ['A20', 'a writing direction', '%E2%80%AE'],
    ['A40', 'a line of a log', '%0d%0a%7B%22level%22%3A60%7D%1b%5B31m'],
    ['A36', 'markup', '%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E'],
    ['A05', 'SQL', "x'%20OR%20'1'%3D'1"],
    ['A05', '5,000 characters', 'a'.repeat(5_000)],
  ];
  return places.map(([abuse, what, id]) => ({
    abuse,
    what: `${what} for an id`,
    method,
    path: path.replace(':id', id),
    ...(json && { body: json.good }),
    status: 404,
    code: 'not_found',
  }));
}

/** Methods that a path does not take; CORS is asked for in vain as well. */
export function methodAttacks({ url, path }: Target, all: readonly Target[]): readonly Attack[] {
  const taken = new Set(all.filter((other) => isSamePlace(other.path, path)).map(({ method }) => method as string));
  if (taken.has('GET')) taken.add('HEAD');
  return ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
    .filter((method) => !taken.has(method))
    .map((method) => ({
      abuse: 'A38',
      what: `the method ${method}`,
      method,
      path: url,
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
      status: 405,
      code: 'method_not_allowed',
    }));
}

/** `/deliveries/redrive` is a delivery's place too. */
function isSamePlace(pattern: string, path: string): boolean {
  const expression = pattern.replaceAll(/:\w+/g, '[^/]+');
  return pattern === path || new RegExp(`^${expression}$`).test(path);
}

/** A query is taken as it is meant or refused, never half of it. */
export function queryAttacks({ method, url, query, list, json }: Target): readonly Attack[] {
  if (query === undefined) return [];
  const place = url.includes('?') ? `${url}&` : `${url}?`;
  const ask = (abuse: Attack['abuse'], text: string, pointer: string): Attack => ({
    abuse,
    what: `?${text.length > 60 ? `${text.slice(0, 60)}…` : text}`,
    method,
    path: place + text,
    ...(json && { body: json.good }),
    status: 400,
    code: 'invalid_request',
    pointers: [pointer],
  });
  const unknown = ['page=2', '__proto__=1', 'constructor=1', 'x=%00', 'admin=true'];
  const pages = ['limit=0', 'limit=101', 'limit=-1', 'limit=1e9', 'limit=', 'limit=1.5', 'limit=%EF%BC%91'];
  const cursors = ['', '1', '1.AAAAAAAAAAA', '%F0%9F%93%AF', '__proto__', '../x', 'a'.repeat(500)];
  return [
    ...unknown.map((text) => ask('A06', text, `/${text.split('=')[0]}`)),
    ...query.map((name) => ask('A07', `${name}=x&${name}=x`, `/${name}`)).map(withoutPointers),
    ...(list ? pages.map((text) => ask('A07', text, '/limit')) : []),
    ...(list ? cursors.map((cursor) => ask('A07', `cursor=${cursor}`, '/cursor')) : []),
  ];
}

/** What stands twice is often wrong in itself. */
function withoutPointers({ pointers: _, ...attack }: Attack): Attack {
  return attack;
}

/** Paths that lead nowhere, whatever stands before them. */
export const strayPaths: readonly Attack[] = [
  '/',
  '/nothing',
  '/v1/notify',
  '/notify/',
  '//notify',
  '/..%2f',
  '/%5c..',
  '/%2e%2e/%2e%2e/etc/passwd',
  '//etc/passwd',
  '/.env',
  '/.git/config',
  '/posthorn.db',
  '/data/posthorn.db',
  '/posthorn.key',
  '/admin.key',
  '/main.js.map',
  '/notifications//cancel',
  '/__proto__',
  '/constructor',
].map((path) => ({
  abuse: 'A39',
  what: path,
  method: 'GET',
  path,
  status: 404,
  code: 'not_found',
}));
