import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of a few MiB in memory, which can really be full. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all the room that is left, to the last byte. */
  fill(): void;
  /** Gives that room back. */
  free(): void;
  freeBytes(): number;
  close(): void;
}

const pageBytes = 4_096;

/** Why no disk can be mounted here; null when it can. */
export function mountObstacle(): string | null {
  try {
    smallDisk(1).close();
    return null;
  } catch (error) {
    return `no disk can be mounted (${error instanceof Error ? error.message.trim() : String(error)})`;
  }
}

export function smallDisk(mebibytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'posthorn-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'posthorn-test', path]);
  const filler = join(path, 'filler');
  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  };
  return {
    path,
    freeBytes,
    fill() {
      for (let bytes = 1 << 20; bytes >= pageBytes; bytes >>= 1) while (append(filler, bytes));
    },
    free: () => rmSync(filler),
    close() {
      // Lazily: a process that is about to end may still have files open there.
      execFileSync('umount', ['--lazy', path]);
      rmdirSync(path);
    },
  };
}

/** False when the disk has no room for it. */
function append(file: string, bytes: number): boolean {
  try {
    appendFileSync(file, Buffer.alloc(bytes, 1));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
