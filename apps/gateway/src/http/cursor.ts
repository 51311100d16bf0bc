import { createHmac } from 'node:crypto';
import type { Problem } from '@posthorn/core';
import { invalidRequest } from './problems.ts';

/** Opaque places in a list. A signature keeps them ours: a made-up cursor is a client's mistake, not an empty page. */
export interface Cursors {
  write(list: string, sequence: number): string;
  /** The sequence of a cursor of this list; throws a 400 for any other text. */
  read(list: string, cursor: string): number;
}

export function signedCursors(secret: Buffer): Cursors {
  const sign = (list: string, sequence: string) =>
    createHmac('sha256', secret).update(`${list} ${sequence}`).digest('base64url').slice(0, 11);
  const write = (list: string, sequence: number) => {
    const text = sequence.toString(36);
    return `${text}.${sign(list, text)}`;
  };
  return {
    write,
    read(list, cursor) {
      const sequence = Number.parseInt(cursor, 36);
      if (Number.isSafeInteger(sequence) && write(list, sequence) === cursor) return sequence;
      throw invalidRequest([foreignCursor]);
    },
  };
}

const foreignCursor: Problem = {
  pointer: '/cursor',
  code: 'invalid',
  detail: 'take the cursor from nextCursor of the page before, as it is',
};
