import type { StoreFault } from '@posthorn/core';

/** Why Redis did not do what it was asked, in words for whoever runs it. */
export interface RedisFault {
  /** Redis' own word, or that of the connection: `OOM`, `ECONNREFUSED`, `timeout`. */
  readonly code: string;
  readonly because: string;
  readonly fault: StoreFault;
}

const cluster = 'it is one of a cluster, which is not supported: name a single Redis in redis.url';
const full = 'its memory is full: raise maxmemory, or let it hold less';

/** The first words of Redis' error replies that tell of its state, not of what it was asked. */
const replies: Readonly<Record<string, string>> = {
  OOM: full,
  READONLY: 'it is a replica: name the primary in redis.url',
  MOVED: cluster,
  ASK: cluster,
  CROSSSLOT: cluster,
  CLUSTERDOWN: cluster,
  NOAUTH: 'it asks for a password: put one into redis.url',
  WRONGPASS: 'it does not know the user and password of redis.url',
  NOPERM: 'its user may not do what is needed: see docs/one-time-codes.md',
  LOADING: 'it is still reading its data',
  MASTERDOWN: 'it is a replica without its primary',
  MISCONF: 'it cannot save its data: look at its disk',
  NOREPLICAS: 'it has too few replicas to write',
  BUSY: 'it is held up by a script of somebody else',
};

/** What the connection comes to, by the codes of Node and the words of ioredis. */
const lineFaults: readonly (readonly [pattern: RegExp, code: string, because: string])[] = [
  [/timed out|socket timeout|ETIMEDOUT/i, 'timeout', 'it does not answer in time'],
  [/max number of clients/, 'clients', 'it has as many clients as it takes: raise its maxclients'],
  [/invalid password|WRONGPASS/i, 'WRONGPASS', replies['WRONGPASS'] ?? ''],
  [/invalid DB index|DB index is out of range/i, 'database', 'it has no database of this number: look at redis.url'],
];

export const closedFault: RedisFault = {
  code: 'closed',
  because: 'the connection to it was closed',
  fault: 'storage_unavailable',
};
/** Its own words are not repeated: some servers quote what they were sent, the password too. */
export const unknownFault: RedisFault = {
  code: 'refused',
  because: 'it refuses the connection: look at its log',
  fault: 'storage_unavailable',
};

/** Null when this is no state of Redis or of the line to it, but a fault of what it was asked. */
export function faultOf(error: Error & { readonly code?: unknown }): RedisFault | null {
  const { message } = error;
  for (const [pattern, code, because] of lineFaults) {
    if (pattern.test(message)) return { code, because, fault: 'storage_unavailable' };
  }
  const told = replyFault(message);
  if (told !== null || error.name === 'ReplyError') return told;
  if (typeof error.code !== 'string') return closedFault;
  return { code: error.code, because: `it cannot be reached: ${error.code}`, fault: 'storage_unavailable' };
}

/** Redis 7 says it in front; before that, what a script met stood inside another error: `ERR Error running ...: -OOM ...`. */
function replyFault(message: string): RedisFault | null {
  const words = message.match(/(?<=^|[\s:]-)[A-Z]+\b/g) ?? [];
  const code = words.find((word) => Object.hasOwn(replies, word));
  if (code === undefined) return null;
  return { code, because: replies[code] ?? '', fault: code === 'OOM' ? 'storage_full' : 'storage_unavailable' };
}
