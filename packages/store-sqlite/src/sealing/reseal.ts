import type { DeliveryId } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { deliveryPlace } from '../rows.ts';
import type { SealedPlace } from './seal.ts';
import type { Vault } from './vault.ts';

interface SealedRow {
  readonly key: number;
  readonly body: Buffer;
  /** Of a message of the sandbox: its delivery, to which it is bound. */
  readonly delivery: DeliveryId | null;
}

/** In this order: when the content of a notification is forgotten, what remains of it is sealed with the first key. */
const tables = [
  { place: 'contents', key: 'notification', delivery: 'NULL' },
  { place: 'remains', key: 'notification', delivery: 'NULL' },
  { place: 'inbox', key: 'sequence', delivery: 'delivery' },
] as const satisfies readonly { place: SealedPlace; key: string; delivery: string }[];

/**
 * Seals anew, some rows a call, what keys have sealed that are not the first of the ring any more; `done` when this call
 * has come to the end of it, so that those keys may leave the ring.
 */
export function openReseal(db: Database, vault: Vault): (limit: number) => 'more' | 'done' | 'nothing' {
  const walks = tables.map(({ place, key, delivery }) => ({
    place,
    next: db.prepare<[number, number], SealedRow>(
      `SELECT ${key} AS key, body, ${delivery} AS delivery FROM ${place} WHERE ${key} > ? ORDER BY ${key} LIMIT ?`,
    ),
    update: db.prepare<[Buffer, number]>(`UPDATE ${place} SET body = ? WHERE ${key} = ?`),
  }));
  let table = 0;
  let cursor = 0;
  return (limit) => {
    if (!vault.hasOlder()) return 'nothing';
    const walk = walks[table];
    if (walk === undefined) {
      vault.forgetOlder();
      return 'done';
    }
    const { place, next, update } = walk;
    const rows = next.all(cursor, limit);
    for (const { key, body, delivery } of rows) {
      if (!vault.isOlder(body)) continue;
      const row = delivery === null ? key : deliveryPlace(delivery).key;
      const text = vault.open(place, row, body);
      if (text !== null) update.run(vault.seal(place, row, text), key);
    }
    cursor = rows.at(-1)?.key ?? 0;
    if (rows.length === limit) return 'more';
    table++;
    cursor = 0;
    return 'more';
  };
}
