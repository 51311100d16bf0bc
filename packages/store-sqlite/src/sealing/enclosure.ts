import type { Database } from 'better-sqlite3';
import { isLabelled, type Labels } from '../rows.ts';
import type { OpeningVault, Vault } from './vault.ts';

/** What a notification keeps sealed: all that says whom it is for and what it says. */
export interface Enclosure extends Labels {
  /** Of its deliveries, by ordinal, the first at 0. */
  readonly addresses: readonly string[];
  /** Rendered content by channel; null when it is not kept any more. */
  readonly content: Readonly<Record<string, unknown>> | null;
  readonly orderingKey: string | null;
}

/** Seals one. The table says whether its content is still part of it. */
export function sealEnclosure(vault: Vault, notification: number, enclosure: Enclosure): Buffer {
  const place = enclosure.content === null ? 'remains' : 'contents';
  return vault.seal(place, notification, encode(enclosure));
}

/** Null when it cannot be opened. */
export function openEnclosure(
  vault: OpeningVault,
  place: 'contents' | 'remains',
  notification: number,
  sealed: Buffer,
): Enclosure | null {
  const text = vault.open(place, notification, sealed);
  return text === null ? null : decode(text);
}

/** Finds those of notifications, with or without their content; null when it was erased or cannot be opened. */
export type Enclosures = (notification: number) => Enclosure | null;

export function openEnclosures(db: Database, vault: OpeningVault): Enclosures {
  const find = db.prepare<[number, number], { place: 'contents' | 'remains'; body: Buffer }>(
    `SELECT 'contents' AS place, body FROM contents WHERE notification = ?
     UNION ALL SELECT 'remains', body FROM remains WHERE notification = ? LIMIT 1`,
  );
  return (notification) => {
    const found = find.get(notification, notification);
    return found === undefined ? null : openEnclosure(vault, found.place, notification, found.body);
  };
}

/** A list, since names of fields would be most of a short one; what most do not have stands last and is left out. */
function encode(enclosure: Enclosure): string {
  const { addresses, content, metadata, tags, orderingKey } = enclosure;
  const isPlain = orderingKey === null && !isLabelled(enclosure);
  return JSON.stringify(isPlain ? [addresses, content] : [addresses, content, metadata, tags, orderingKey]);
}

type Encoded = readonly [
  Enclosure['addresses'],
  Enclosure['content'],
  Labels['metadata']?,
  Labels['tags']?,
  Enclosure['orderingKey']?,
];

function decode(text: string): Enclosure {
  const [addresses, content, metadata = {}, tags = [], orderingKey = null] = JSON.parse(text) as Encoded;
  return { addresses, content, metadata, tags, orderingKey };
}
