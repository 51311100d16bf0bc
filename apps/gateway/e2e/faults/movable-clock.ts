import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Debian puts it below the folder of the machine's architecture. */
function library(): string | null {
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib') : [];
  const places = folders.map((folder) => join('/usr/lib', folder, 'faketime', 'libfaketimeMT.so.1'));
  return places.find((place) => existsSync(place)) ?? null;
}

/** Why the clock cannot be moved here; null when it can. */
export const clockObstacle = (): string | null => (library() === null ? 'there is no libfaketime' : null);

/** A wall clock that can be set while a program runs by it. The monotonic one goes on untouched, as on a real machine. */
export interface MovableClock {
  /** What a program needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets it to real time and so many milliseconds. */
  shift(ms: number): void;
  /** What it shows now. */
  now(): number;
  close(): void;
}

export function movableClock(): MovableClock {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-clock-'));
  const file = join(folder, 'shift');
  let ahead = 0;
  const shift = (ms: number) => {
    ahead = ms;
    // Whole or not at all: the library reads it at any moment.
    writeFileSync(`${file}.new`, `${ms < 0 ? '-' : '+'}${Math.abs(ms / 1_000)}\n`);
    renameSync(`${file}.new`, file);
  };
  shift(0);
  return {
    env: {
      LD_PRELOAD: library() ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    },
    shift,
    now: () => Date.now() + ahead,
    close: () => rmSync(folder, { recursive: true }),
  };
}
