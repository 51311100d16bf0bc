import { fail, ok, type Result } from '@posthorn/core';

/** Where a Redis is, and who we are there. */
export interface RedisPlace {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Null for the default user. */
  readonly username: string | null;
  readonly password: string | null;
  readonly database: number;
}

const shape = 'must be a URL such as redis://host:6379/0, or rediss://user:password@host:6379/0 over TLS';

/** Reads the usual URL. What is wrong is said without repeating any of it, since a password may stand in it. */
export function readRedisPlace(text: string): Result<RedisPlace, string> {
  const url = URL.parse(text);
  if (url === null || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') return fail(shape);
  // Clients take settings of their own there, which could undo what single approval rests on.
  if (url.search !== '' || url.hash !== '')
    return fail('must not have settings in it: leave out what follows "?" or "#"');
  const database = /^(?:\/(\d{1,5})?)?$/.exec(url.pathname);
  if (database === null) return fail('must end with the number of a database, such as /0');
  const [username, password] = [decoded(url.username), decoded(url.password)];
  if (username === null || password === null) return fail('must have "%" in its password written as "%25"');
  if (username !== '' && password === '') return fail('must have a password behind its user name');
  return ok({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6_379 : Number(url.port),
    tls: url.protocol === 'rediss:',
    username: username === '' ? null : username,
    password: password === '' ? null : password,
    database: Number(database[1] ?? 0),
  });
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
