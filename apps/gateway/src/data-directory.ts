import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that is the whole of a Posthorn: its store, its keys. Only its owner may look into it. */
export interface DataDirectory {
  readonly path: string;
  /** The root of the keys that hash and sign inside this store: 32 bytes. */
  readonly key: Buffer;
  readonly adminKey: AdminKey;
}

interface AdminKey {
  readonly value: string;
  /** Where it is kept; null when it came from the environment. */
  readonly file: string | null;
  /** Made by this start, so nobody has seen it yet. */
  readonly fresh: boolean;
}

const secretBytes = 32;
const forOthers = 0o077;

/** Opens the data directory, making it and its keys at the first start. Throws with the place and the cure. */
export function openDataDirectory(path: string, givenAdminKey: string | null): DataDirectory {
  makeDirectory(path);
  const key = readKey(join(path, 'posthorn.key'));
  return {
    path,
    key,
    adminKey: givenAdminKey === null ? keptAdminKey(path) : { value: givenAdminKey, file: null, fresh: false },
  };
}

function makeDirectory(path: string): void {
  try {
    makeFolders(path);
    if (!statSync(path).isDirectory()) throw new Error('it is not a folder');
    chmodSync(path, 0o700);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `the data directory ${path} cannot be used (${reason}): set POSTHORN_DATA_DIR to a folder of yours`,
      { cause: error },
    );
  }
}

/** Level by level: Node's own `recursive` never ends where a folder cannot be made, as below /proc. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolders(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

function readKey(file: string): Buffer {
  if (!existsSync(file)) writeSecret(file, randomBytes(secretBytes).toString('base64'));
  refuseShared(file);
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
  if (key.length !== secretBytes)
    throw new Error(`${file} does not hold a key of ${secretBytes} bytes: restore it from a backup`);
  return key;
}

function keptAdminKey(path: string): AdminKey {
  const file = join(path, 'admin.key');
  const fresh = !existsSync(file);
  if (fresh) writeSecret(file, `phk_admin_${randomBytes(secretBytes).toString('base64url')}`);
  refuseShared(file);
  const value = readFileSync(file, 'utf8').trim();
  if (value.length < secretBytes) throw new Error(`${file} holds no key: delete it to have a new one made`);
  return { value, file, fresh };
}

/** Whole and on the disk, or not there: a start that is killed half way must not leave an empty key behind. */
function writeSecret(file: string, text: string): void {
  const fresh = `${file}.new`;
  writeFileSync(fresh, `${text}\n`, { mode: 0o600, flush: true });
  renameSync(fresh, file);
}

function refuseShared(file: string): void {
  if ((statSync(file).mode & forOthers) !== 0) throw new Error(`${file} can be read by others: run chmod 600 ${file}`);
}
