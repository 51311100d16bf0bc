import { closeSync, fsyncSync, mkdirSync, openSync, readSync, statfsSync, writeSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@posthorn/store-sqlite';
import { median } from './statistics.ts';

/** What figures depend on beside the program. */
export interface Environment {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly sqlite: string;
  /** Median of writing 4 KiB and waiting until the disk has it, in the folder where the stores lie. */
  readonly fsyncMicroseconds: number;
  /** Whether that folder is kept in memory only: then nothing here is durable, and too fast. */
  readonly inMemory: boolean;
  /** Runnable processes in the last minute before the run, by /proc/loadavg. */
  readonly loadBefore: number;
}

export function readEnvironment(folder: string): Environment {
  const [loadBefore = 0] = loadavg();
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    node: process.version,
    sqlite: sqliteVersion(join(folder, 'version')),
    fsyncMicroseconds: Math.round(fsyncCost(join(folder, 'fsync'))),
    inMemory: [tmpfs, ramfs].includes(statfsSync(folder).type),
    loadBefore,
  };
}

/** Magic numbers of statfs(2). */
const tmpfs = 0x0102_1994;
const ramfs = 0x8584_58f6;

function fsyncCost(path: string): number {
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4_096, 1);
  const costs = Array.from({ length: 50 }, () => {
    const start = performance.now();
    writeSync(file, page);
    fsyncSync(file);
    return (performance.now() - start) * 1_000;
  });
  closeSync(file);
  return median(costs);
}

/** The store's SQLite writes its version into the header of every file (sqlite.org/fileformat.html#validfor). */
function sqliteVersion(folder: string): string {
  mkdirSync(folder);
  const path = join(folder, 'posthorn.db');
  openStore({
    path,
    searchKey: Buffer.alloc(32),
    keys: [{ id: 'probe', secret: Buffer.alloc(32) }],
    now: Date.now(),
  }).close();
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r');
  readSync(file, header, 0, header.length, 0);
  closeSync(file);
  const number = header.readUInt32BE(96);
  return `${Math.floor(number / 1_000_000)}.${Math.floor(number / 1_000) % 1_000}.${number % 1_000}`;
}
