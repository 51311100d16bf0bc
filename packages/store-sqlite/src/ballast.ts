import { randomBytes } from 'node:crypto';
import { closeSync, openSync, renameSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Room on the disk that is kept for a bad day. On a full disk SQLite cannot even delete, so what was sent could not be
 * recorded; giving the ballast up makes the room for that. While it is gone the disk is taken for full.
 */
export interface Ballast {
  present(): boolean;
  /** Gives its room to what has to be written now. */
  release(): void;
  /**
   * Makes it again, if the disk has room for it and as much again: what it has just given up is not room, and what comes
   * next needs some. Whether it is there then.
   */
  make(): boolean;
}

/** Settlements take some ten pages of the log each when they come alone: this is for the hundred that can be under way. */
const ballastBytes = 4 * 2 ** 20;
const partBytes = 2 ** 20;
/** A disk that has room and yet cannot be written, as with a quota, is not tried at every command. */
const restMs = 1_000;

export function openBallast(path: string, bytes = ballastBytes): Ballast {
  let there = sizeOf(path) === bytes;
  let failedAt = Number.NEGATIVE_INFINITY;

  const make = (): boolean => {
    if (there) return true;
    if (performance.now() - failedAt < restMs || freeBytes(dirname(path)) < 2 * bytes) return false;
    there = allocate(path, bytes);
    if (!there) failedAt = performance.now();
    return there;
  };

  return {
    present: () => there,
    release() {
      rmSync(path, { force: true });
      there = false;
    },
    make,
  };
}

/** Whole or not at all. The bytes are random, since some file systems keep no zeros. False when the disk does not take them. */
function allocate(path: string, bytes: number): boolean {
  const fresh = `${path}.new`;
  try {
    const file = openSync(fresh, 'w', 0o600);
    try {
      const part = randomBytes(Math.min(partBytes, bytes));
      for (let left = bytes; left > 0; ) left -= writeSync(file, part, 0, Math.min(left, part.length));
    } finally {
      closeSync(file);
    }
    renameSync(fresh, path);
    return true;
  } catch {
    rmSync(fresh, { force: true });
    return false;
  }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}
