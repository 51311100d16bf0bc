import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Count, Run } from '../../figure.ts';
import { startChild } from '../../processes/child.ts';
import type { Durability } from './engine.ts';
import { startPostgres } from './servers/postgres-server.ts';
import { startRedis } from './servers/redis-server.ts';
import type { Server, Started } from './servers/server.ts';
import type { Done, EngineName, Work } from './work.ts';

/** One engine in one durability class, with what it did in each round. */
export interface Contender {
  readonly name: EngineName;
  readonly rounds: Done[];
  /** Its version and its server's; learnt at its first turn. */
  version: string;
  /** Why it could not take part; null when it could. */
  missing: string | null;
}

const servers: Readonly<Partial<Record<EngineName, (folder: string, durability: Durability) => Promise<Started>>>> = {
  bullmq: startRedis,
  'pg-boss': (_folder, durability) => startPostgres(durability),
  'graphile-worker': (_folder, durability) => startPostgres(durability),
};

/** The slowest flushes for each job by itself: a millisecond each, on a slow disk ten. */
const patienceMs = 600_000;

export function contender(name: EngineName): Contender {
  return { name, rounds: [], version: name, missing: null };
}

/** A turn of one contender, in a process of its own with a new store and, where it needs one, a new server. */
export async function takeTurn(
  run: Run,
  contender: Contender,
  durability: Durability,
  jobs: number,
): Promise<readonly Count[]> {
  const folder = run.folder();
  const server = await startServerOf(contender.name, folder, durability);
  if (server !== null && 'missing' in server) {
    contender.missing = server.missing;
    return [];
  }
  contender.version = versionOf(contender.name, server);
  const child = startChild(new URL('./worker.ts', import.meta.url));
  try {
    const work: Work = {
      engine: contender.name,
      durability,
      folder,
      socket: server?.socket ?? null,
      serverPid: server?.pid ?? null,
      jobs,
    };
    const done = await child.ask<Done>(work, patienceMs);
    contender.rounds.push(done);
    return countsOf(`${contender.name}, ${durability}, turn ${contender.rounds.length}`, done);
  } finally {
    await child.end();
    await server?.stop();
  }
}

async function startServerOf(name: EngineName, folder: string, durability: Durability): Promise<Started | null> {
  const start = servers[name];
  return start === undefined ? null : start(folder, durability);
}

/** Every job that was stored was handed out once, and the engine holds it for done. */
function countsOf(what: string, { stored, taken, distinct, left }: Done): readonly Count[] {
  return [
    { what: `${what}: jobs handed to the worker`, expected: stored, found: taken },
    { what: `${what}: different jobs among them`, expected: stored, found: distinct },
    { what: `${what}: jobs left`, expected: 0, found: left },
  ];
}

function versionOf(name: EngineName, server: Server | null): string {
  if (name === 'posthorn') return 'posthorn of this tree, synchronous FULL';
  const engine = `${name} ${packageVersion(name)}`;
  return server === null ? engine : `${engine} on ${server.version}`;
}

/** From the package that is loaded, not from what ours asks for. Some packages do not export their package.json. */
function packageVersion(name: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  for (;;) {
    const found = versionIn(folder, name);
    if (found !== null) return found;
    if (dirname(folder) === folder) return 'of unknown version';
    folder = dirname(folder);
  }
}

function versionIn(folder: string, name: string): string | null {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly name?: string;
      readonly version?: string;
    };
    return manifest.name === name ? (manifest.version ?? null) : null;
  } catch {
    return null;
  }
}
