import { statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Figure, Measurement, Run } from '../../figure.ts';
import { open } from '../../store/open.ts';
import { countSent, openRows, settleAll } from '../../store/rows.ts';

const lane = { channel: 'email', account: 'bench' };
const inFlight = 256;
const pruneLimit = 1_000;

export const size: Figure = {
  name: 'size',
  about: 'what a finished notification takes on the disk, before and after its content has outlived its retention',
  async measure(run) {
    const count = run.effort.jobs;
    const rounds: Round[] = [];
    for (let round = 0; round < run.effort.repeats; round++) rounds.push(await measureOnce(run, count));
    const row = (what: string, value: (round: Round) => number): Measurement => ({
      what,
      unit: 'B',
      values: rounds.map((round) => value(round) / count),
    });
    return {
      measurements: [
        row('pages in use, with content', ({ full, empty }) => full.inUse - empty.inUse),
        { ...row('pages in use, content expired', ({ expired, empty }) => expired.inUse - empty.inUse), goal: 'size' },
        row('the file, content expired', ({ expired, empty }) => expired.file - empty.file),
      ],
      counts: rounds.map(({ found }) => ({ what: 'notifications sent, content expired', expected: count, found })),
    };
  },
};

interface Round {
  readonly empty: Space;
  readonly full: Space;
  readonly expired: Space;
  readonly found: number;
}

/** Bytes of a closed store; pages that are free are part of the file, and are filled before it grows. */
interface Space {
  readonly inUse: number;
  readonly file: number;
}

async function measureOnce(run: Run, count: number): Promise<Round> {
  const path = join(run.folder(), 'posthorn.db');
  await (await open(path)).close();
  const empty = spaceOf(path);

  const filling = await open(path);
  await openRows(filling).store({ project: filling.defaultProject.key, lane, first: 0, count });
  await settleAll(filling.outbox, lane, inFlight);
  await filling.close();
  const full = spaceOf(path);

  const pruning = await open(path);
  const { outbox, defaultProject } = pruning;
  // Contents of all that has ended by now, and nothing else.
  const expired = {
    contentBefore: Date.now(),
    metadataBefore: 0,
    idempotencyBefore: 0,
    quotaBefore: 0,
    codesBefore: 0,
    tracesBefore: 0,
    limit: pruneLimit,
  };
  while ((await outbox.prune(expired)).more);
  const found = await countSent(pruning, defaultProject.key);
  await pruning.close();
  return { empty, full, expired: spaceOf(path), found };
}

function spaceOf(path: string): Space {
  const db = new Database(path, { readonly: true });
  const read = (name: string) => db.pragma(name, { simple: true }) as number;
  const inUse = (read('page_count') - read('freelist_count')) * read('page_size');
  db.close();
  return { inUse, file: statSync(path).size };
}
