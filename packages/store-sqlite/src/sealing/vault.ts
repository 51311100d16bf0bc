import { randomBytes } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { dataKeyNumber, type SealedPlace, seal, unseal } from './seal.ts';
import { dataKeyOf, type KeyRing } from './sealing-key.ts';

/** Opens what was sealed under any key of the ring. */
export interface OpeningVault {
  /** Null when the bytes are not what was sealed for this row: they were damaged, exchanged, or their key is gone. */
  open(place: SealedPlace, row: number, sealed: Buffer): string | null;
}

/** Seals under the first key of the ring. */
export interface Vault extends OpeningVault {
  seal(place: SealedPlace, row: number, text: string): Buffer;
  /** Whether any of the store may still be sealed under another key than the first. */
  hasOlder(): boolean;
  /** Whether this was. */
  isOlder(sealed: Buffer): boolean;
  /** Nothing is any more: those keys may leave the ring. */
  forgetOlder(): void;
}

interface DataKeyRow {
  readonly number: number;
  readonly ring_key: string;
  readonly salt: Buffer;
  readonly proof: Buffer;
}

const saltBytes = 16;
/** Sealed with every data key at its beginning: whether a secret is the right one is known before anything is read. */
const proof = 'posthorn';

/**
 * Data keys are there before the schema is, since migrations seal. Each run of a program makes one of its own; which key of
 * the ring it comes from is told here, and a sealed text names its data key.
 */
const dataKeys = `CREATE TABLE IF NOT EXISTS data_keys (
  number INTEGER PRIMARY KEY, ring_key TEXT NOT NULL, salt BLOB NOT NULL, proof BLOB NOT NULL, at INTEGER NOT NULL) STRICT`;

/** Throws, with one line that says the cure, when the store needs a key that the ring does not have. */
export function openVault(db: Database, ring: KeyRing, now: number): Vault {
  db.exec(dataKeys);
  for (const row of db.prepare<[], DataKeyRow>('SELECT * FROM data_keys').all()) refuseWithout(row, ring);
  const [current] = ring;
  const salt = randomBytes(saltBytes);
  const key = dataKeyOf(current, salt);
  const number = db.prepare<[], number>('SELECT coalesce(max(number), 0) + 1 FROM data_keys').pluck().get() as number;
  db.prepare('INSERT INTO data_keys (number, ring_key, salt, proof, at) VALUES (?, ?, ?, ?, ?)').run(
    number,
    current.id,
    salt,
    seal(key, number, 0, 'key', number, proof),
    now,
  );
  const older = db.prepare<[string], { number: number }>('SELECT number FROM data_keys WHERE ring_key <> ?');
  const olderNumbers = new Set(older.all(current.id).map((row) => row.number));
  const forget = db.prepare<[string]>('DELETE FROM data_keys WHERE ring_key <> ?');
  let count = 0;
  return {
    ...openReadingVault(db, ring),
    seal: (place, row, text) => seal(key, number, ++count, place, row, text),
    hasOlder: () => olderNumbers.size > 0,
    isOlder: (sealed) => olderNumbers.has(dataKeyNumber(sealed) ?? 0),
    forgetOlder() {
      forget.run(current.id);
      olderNumbers.clear();
    },
  };
}

/** For a connection that only reads: whatever the writer's vault has sealed meanwhile can be opened here. */
export function openReadingVault(db: Database, ring: KeyRing): OpeningVault {
  const find = db.prepare<[number], DataKeyRow>('SELECT * FROM data_keys WHERE number = ?');
  const keys = new Map<number, Buffer>();
  const keyOf = (number: number): Buffer | null => {
    const known = keys.get(number);
    if (known !== undefined) return known;
    const row = find.get(number);
    const from = row && ring.find(({ id }) => id === row.ring_key);
    if (row === undefined || from === undefined) return null;
    const key = dataKeyOf(from, row.salt);
    keys.set(number, key);
    return key;
  };
  return {
    open(place, row, sealed) {
      const number = dataKeyNumber(sealed);
      const key = number === null ? null : keyOf(number);
      return key === null ? null : unseal(key, place, row, sealed);
    },
  };
}

function refuseWithout({ number, ring_key: id, salt, proof: sealed }: DataKeyRow, ring: KeyRing): void {
  const key = ring.find((candidate) => candidate.id === id);
  if (key === undefined)
    throw new Error(
      `some of it is sealed with the key "${id}", which is not among encryption.keys: put it back behind the first, until everything is sealed anew`,
    );
  if (unseal(dataKeyOf(key, salt), 'key', number, sealed) !== proof)
    throw new Error(`the secret of the key "${id}" is not the one that sealed it: restore that secret`);
}
