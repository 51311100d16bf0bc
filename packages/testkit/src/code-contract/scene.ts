import assert from 'node:assert/strict';
import { type CheckCode, type CodeStore, idMint, type NewCode, type NotificationId, type Opened } from '@posthorn/core';
import type { Case } from '../contract.ts';

/** A store of codes under test, empty. */
export interface CodeFixture {
  readonly codes: CodeStore;
  /** The process dies without a word, and another one opens what it left behind. The store of before is gone. */
  reopen(): Promise<CodeStore>;
}

/** What a case cares about in a code; the rest is one for `alice` that says 123456 and is valid for five minutes. */
export interface CodeWish {
  readonly says?: string;
  readonly handles?: readonly string[];
  readonly addresses?: readonly string[];
  readonly ttlMs?: number;
  readonly resendMs?: number;
  readonly memo?: string;
}

/** A store of codes with a time of its own and the moves that cases are made of. */
export interface CodeScene {
  /** Time passes only when a case says so. */
  now: number;
  readonly codes: CodeStore;
  /** Opens a code, whatever comes of it. */
  offer(wish?: CodeWish): Promise<{ readonly notification: NotificationId; readonly opened: Opened }>;
  /** Opens a code that must be taken. */
  open(wish?: CodeWish): Promise<NotificationId>;
  /** Tries a code by a handle: what it came to, and the tries that are left. */
  check(says: string, handle?: string, hidden?: boolean): Promise<readonly [status: string, attemptsLeft: number]>;
  reopen(): Promise<void>;
}

export const minute = 60_000;
export const hour = 60 * minute;
export const right = '123456';
export const wrong = '654321';
export const dawn = Date.UTC(2026, 0, 1);

/** What a caller would make of a handle and a code with a key. */
function digestOf(handle: string, says: string): string {
  return `digest of ${says} by ${handle}`;
}

export function trying(says: string, handle: string, now: number, hidden = false): CheckCode {
  return { handle, digest: digestOf(handle, says), hidden, now };
}

export function newCode(notification: NotificationId, now: number, wish: CodeWish): NewCode {
  const { says = right, handles = ['alice'], addresses = handles, ttlMs = 5 * minute, memo = 'memo' } = wish;
  const named = handles.map((name) => ({ name, digest: digestOf(name, says) }));
  return { notification, handles: named, addresses, expiresAt: now + ttlMs, memo };
}

/** One rule of the contract. */
export function codeRule(name: string, run: (scene: CodeScene) => Promise<void>): Case<CodeFixture> {
  return { name, run: (fixture) => run(openScene(fixture)) };
}

function openScene(fixture: CodeFixture): CodeScene {
  const mint = idMint();
  let codes = fixture.codes;
  const scene: CodeScene = {
    now: dawn,
    get codes() {
      return codes;
    },
    async offer(wish = {}) {
      const notification = mint.notification(scene.now);
      const code = newCode(notification, scene.now, wish);
      const resendMs = wish.resendMs ?? minute;
      return { notification, opened: await codes.open({ code, resendMs, now: scene.now }) };
    },
    async open(wish) {
      const { notification, opened } = await scene.offer(wish);
      assert.equal(opened.kind, 'opened');
      return notification;
    },
    async check(says, handle = 'alice', hidden = false) {
      const { status, attemptsLeft } = await codes.check(trying(says, handle, scene.now, hidden));
      return [status, attemptsLeft];
    },
    async reopen() {
      codes = await fixture.reopen();
    },
  };
  return scene;
}
