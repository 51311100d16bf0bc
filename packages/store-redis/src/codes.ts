import {
  addressFailures,
  blindMs,
  type Checked,
  type Clock,
  type CodeStore,
  codeClockSlackMs,
  codeKeptMs,
  codeTries,
  type FoundCode,
  type Logger,
  type NotificationId,
  type Opened,
} from '@posthorn/core';
import { openLine } from './line.ts';
import type { RedisPlace } from './place.ts';
import { checking, finding } from './scripts/check.ts';
import { opening, withdrawing } from './scripts/open.ts';

/** One-time codes in a Redis, which several gateways with the same key file may share. */
export interface RedisCodes extends CodeStore {
  /** Whether codes can be kept right now; rejects with `StoreUnavailable` when not. */
  probe(): Promise<void>;
  close(): void;
}

export interface RedisCodesOptions {
  readonly place: RedisPlace;
  readonly clock: Clock;
  readonly log: Logger;
  /** What all keys begin with; `posthorn:` by default. */
  readonly prefix?: string;
}

/** Opens the codes of a Redis; one that is away is said in the log, and comes back by itself. */
export async function openRedisCodes(options: RedisCodesOptions): Promise<RedisCodes> {
  const { place, clock, log, prefix = 'posthorn:' } = options;
  const line = await openLine(place, { clock, log, prefix });
  const codes = `${prefix}code:`;
  const handle = (name: string) => `${prefix}handle:${name}`;
  const address = (name: string) => `${prefix}failures:${name}`;
  const rules = {
    codes,
    tries: codeTries,
    failures: addressFailures,
    blindMs,
    keptMs: codeKeptMs,
    slackMs: codeClockSlackMs,
  };
  const asked = (input: object) => [JSON.stringify({ ...rules, ...input })];

  return {
    async open({ code, resendMs, now }) {
      const { notification, handles, addresses, expiresAt, memo } = code;
      const keys = [codes + notification, ...handles.map(({ name }) => handle(name)), ...addresses.map(address)];
      const digests = handles.map(({ digest }) => digest);
      const input = { name: notification, digests, expiresAt, memo, resendMs, now };
      return openedOf((await line.run(opening, keys, asked(input))) as OpenAnswer);
    },
    async withdraw({ notification }) {
      await line.run(withdrawing, [codes + notification], asked({ name: notification }));
    },
    async check({ handle: name, digest, hidden, now }) {
      return checkedOf((await line.run(checking, [handle(name)], asked({ digest, hidden, now }))) as CheckAnswer);
    },
    async find({ handle: name, now }) {
      const found = (await line.run(finding, [handle(name)], asked({ now }))) as FindAnswer;
      if (found === null) return null;
      const [notification, memo, state] = found;
      return { notification, memo, state };
    },
    probe: line.probe,
    close: line.close,
  };
}

type OpenAnswer = readonly ['opened', ...NotificationId[]] | readonly [kind: 'too_soon' | 'blocked', until: number];
type CheckAnswer =
  | readonly ['approved', attemptsLeft: number, NotificationId]
  | readonly [status: 'rejected' | 'expired' | 'locked' | 'not_found', attemptsLeft: number];
type FindAnswer = readonly [NotificationId, memo: string, FoundCode['state']] | null;

function openedOf(answer: OpenAnswer): Opened {
  if (answer[0] !== 'opened') return { kind: answer[0], until: answer[1] };
  const [kind, ...voided] = answer;
  return { kind, voided };
}

function checkedOf(answer: CheckAnswer): Checked {
  if (answer[0] !== 'approved') return { status: answer[0], attemptsLeft: answer[1] };
  const [status, attemptsLeft, notification] = answer;
  return { status, attemptsLeft, notification };
}
