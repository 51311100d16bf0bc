import {
  type CheckCode,
  type Checked,
  type CodeHandle,
  type CodeStore,
  codeClockSlackMs,
  codeKeptMs,
  codeTries,
  type FoundCode,
  notificationIdAt,
  type OpenCode,
  type Opened,
  placeOf,
  saltOf,
} from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { type BlindTries, openBlindTries } from './blind-tries.ts';
import { type CodeFailures, openCodeFailures } from './code-failures.ts';

/** The commands on codes, to be run within a transaction. */
export type CodeCommands = {
  readonly [Command in keyof CodeStore]: (
    input: Parameters<CodeStore[Command]>[0],
  ) => Awaited<ReturnType<CodeStore[Command]>>;
};

interface CodeRow {
  readonly key: number;
  readonly salt: number;
  readonly digest: string;
  readonly tries: number;
  readonly approved: number;
  readonly void: number;
  readonly opened_at: number;
  readonly expires_at: number;
  readonly addresses: string;
  readonly memo: string;
}

export function openCodes(db: Database): CodeCommands {
  const failures = openCodeFailures(db);
  const blind = openBlindTries(db);
  const newest = openNewest(db);
  return {
    open: openOpening(db, newest, failures),
    withdraw: openWithdrawal(db),
    check: openCheck(db, newest, failures, blind),
    find({ handle, now }): FoundCode | null {
      const code = newest(handle, now);
      if (code === null) return null;
      const state = code.approved === 1 ? 'approved' : code.void === 1 ? 'void' : 'open';
      return { notification: notificationIdAt(code.key, code.salt), memo: code.memo, state };
    },
  };
}

type Newest = (handle: string, now: number) => CodeRow | null;

/** The newest code of a handle, for as long as it is known. Most handles have none, and a join costs more than two look-ups do. */
function openNewest(db: Database): Newest {
  const byHandle = db.prepare<[string], { code: number; digest: string }>(
    'SELECT code, digest FROM code_handles WHERE name = ? ORDER BY code DESC LIMIT 1',
  );
  const byKey = db.prepare<[number], Omit<CodeRow, 'digest'>>(
    'SELECT key, salt, tries, approved, void, opened_at, expires_at, addresses, memo FROM codes WHERE key = ?',
  );
  return (handle, now) => {
    const found = byHandle.get(handle);
    const code = found && byKey.get(found.code);
    return code === undefined || now >= code.expires_at + codeKeptMs ? null : { ...code, digest: found?.digest ?? '' };
  };
}

/** Opened before the clock was set back: nobody knows how long ago. */
function isFromTheFuture({ opened_at }: CodeRow, now: number): boolean {
  return opened_at > now + codeClockSlackMs;
}

function openOpening(db: Database, newest: Newest, failures: CodeFailures) {
  const insert = db.prepare<[number, number, number, number, string, string, string]>(
    'INSERT INTO codes (key, salt, opened_at, expires_at, handles, addresses, memo) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const insertHandle = db.prepare<[string, number, string]>(
    'INSERT INTO code_handles (name, code, digest) VALUES (?, ?, ?)',
  );
  const end = db.prepare<[number]>('UPDATE codes SET void = 1 WHERE key = ?');

  const put = ({ notification, handles, addresses, expiresAt, memo }: OpenCode['code'], now: number) => {
    const key = placeOf(notification);
    const names = JSON.stringify(handles.map(({ name }) => name));
    insert.run(key, saltOf(notification), now, expiresAt, names, JSON.stringify(addresses), memo);
    for (const { name, digest } of handles) insertHandle.run(name, key, digest);
  };

  return ({ code, resendMs, now }: OpenCode): Opened => {
    const blocked = failures.blockedUntil(code.addresses, now);
    if (blocked !== null) return { kind: 'blocked', until: blocked };
    const former = formerCodes(code.handles, newest, now);
    const opened = former.filter((one) => !isFromTheFuture(one, now)).map((one) => one.opened_at + resendMs);
    const until = Math.max(...opened);
    if (until > now) return { kind: 'too_soon', until };
    for (const { key } of former) end.run(key);
    put(code, now);
    const pending = former.filter((one) => one.approved === 0 && one.void === 0);
    return { kind: 'opened', voided: pending.map(({ key, salt }) => notificationIdAt(key, salt)) };
  };
}

/** The newest code of each handle, each once. */
function formerCodes(handles: readonly CodeHandle[], newest: Newest, now: number): readonly CodeRow[] {
  const found = handles.map(({ name }) => newest(name, now)).filter((code) => code !== null);
  return [...new Map(found.map((code) => [code.key, code])).values()];
}

/** What was void because of the withdrawn code alone is not any more. */
function openWithdrawal(db: Database): CodeCommands['withdraw'] {
  const find = db.prepare<[number, number], { handles: string }>(
    'SELECT handles FROM codes WHERE key = ? AND salt = ?',
  );
  const remove = db.prepare<[number]>('DELETE FROM codes WHERE key = ?');
  const removeHandle = db.prepare<[string, number]>('DELETE FROM code_handles WHERE name = ? AND code = ?');
  const restore = db.prepare<[string]>(
    `UPDATE codes SET void = 0 WHERE key = (SELECT max(code) FROM code_handles WHERE name = ?)
       AND NOT EXISTS (SELECT 1 FROM json_each(codes.handles) JOIN code_handles newer
         ON newer.name = json_each.value AND newer.code > codes.key)`,
  );
  return ({ notification }) => {
    const key = placeOf(notification);
    const found = find.get(key, saltOf(notification));
    if (found === undefined) return;
    const names: readonly string[] = JSON.parse(found.handles);
    for (const name of names) removeHandle.run(name, key);
    remove.run(key);
    for (const name of names) restore.run(name);
  };
}

function openCheck(db: Database, newest: Newest, failures: CodeFailures, blind: BlindTries): CodeCommands['check'] {
  const approve = db.prepare<[number]>('UPDATE codes SET approved = 1 WHERE key = ?');
  const fail = db.prepare<[number]>('UPDATE codes SET tries = tries + 1 WHERE key = ?');

  /** What there is of a code that can be tried no more: not told to who may not know whether there is one. */
  const spent = ({ handle, hidden, now }: CheckCode, status: 'rejected' | 'expired' | 'not_found'): Checked =>
    hidden ? blind.reject(handle, now) : { status, attemptsLeft: 0 };

  return (input) => {
    const { handle, digest, now } = input;
    const code = newest(handle, now);
    if (code === null) return spent(input, 'not_found');
    if (code.approved === 1 || code.void === 1) return spent(input, 'rejected');
    const isRight = code.digest === digest;
    if (now >= code.expires_at || isFromTheFuture(code, now))
      return isRight ? { status: 'expired', attemptsLeft: 0 } : spent(input, 'expired');
    const addresses: readonly string[] = JSON.parse(code.addresses);
    if (code.tries >= codeTries || failures.blockedUntil(addresses, now) !== null)
      return { status: 'locked', attemptsLeft: 0 };
    if (isRight) {
      approve.run(code.key);
      const notification = notificationIdAt(code.key, code.salt);
      return { status: 'approved', attemptsLeft: codeTries - code.tries, notification };
    }
    fail.run(code.key);
    failures.add(addresses, now);
    return { status: 'rejected', attemptsLeft: codeTries - code.tries - 1 };
  };
}
