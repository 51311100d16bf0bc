import { createHmac } from 'node:crypto';
import type { Problem } from '@posthorn/core';
import { invalidRequest } from './problems.ts';

/** Opaque places in a list. A signature keeps them ours: a made-up cursor is a client's mistake, not an empty page. */
export interface Cursors {
  write(list: string, sequence: number): string;
  /** One page of a list, of which one item more than the page holds was asked for. */
  page<Item extends { readonly sequence: number }>(
    list: string,
    found: readonly Item[],
    limit: number,
    view: (item: Item) => object,
  ): { readonly items: readonly object[]; readonly nextCursor: string | null };
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
    page(list, found, limit, view) {
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      const more = found.length > limit && last !== undefined;
      return { items: shown.map(view), nextCursor: more ? write(list, last.sequence) : null };
    },
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
