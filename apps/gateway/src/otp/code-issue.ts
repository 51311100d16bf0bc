import {
  type CodeHandle,
  type CodeId,
  type Codes,
  codeId,
  type Issued,
  type Problem,
  readAddresses,
  type SubmitTools,
  submit,
} from '@posthorn/core';
import type { Caller } from '../http/auth.ts';
import { newNotification } from '../http/intake.ts';
import { limitedProblem, limitsIn } from '../http/limited.ts';
import { HttpProblem, unprocessable } from '../http/problems.ts';
import { retryAfter } from '../http/retry-after.ts';
import { type Answer, json } from '../http/route.ts';
import { time } from '../http/views.ts';
import type { LimitsFor } from '../limits/channel-limits.ts';
import type { SuppressionWatch } from '../suppressions.ts';
import { drawCode } from './code-digits.ts';
import type { CodeMemo } from './code-memo.ts';
import type { CodeNames } from './code-names.ts';
import { codeMessage } from './otp-message.ts';
import type { SendRequest, Spellings } from './otp-schema.ts';

export interface IssueTools {
  readonly codes: Codes;
  readonly names: CodeNames;
  readonly submit: SubmitTools;
  readonly suppressions: Pick<SuppressionWatch, 'ofProject'>;
  readonly limitsFor: LimitsFor;
}

/** A code to be sent: its message, and what it is reached by. */
interface Wanted extends Pick<SendRequest, 'addresses' | 'region' | 'channels'> {
  readonly memo: CodeMemo;
  /** That of a code that is sent again; null for a new one. */
  readonly id: CodeId | null;
}

/** The next code for an address has to wait for so long: what vendors of the mainland allow a number. */
const resendMs = 60_000;

/** Draws a code and stores it with its message; `broken` are rules that the request has broken so far. */
export async function issueCode(
  wanted: Wanted,
  broken: readonly Problem[],
  caller: Caller,
  tools: IssueTools,
  now: number,
): Promise<Answer> {
  const { memo } = wanted;
  const project = caller.project.key;
  const digits = drawCode(memo.length);
  const message = codeMessage({ ...wanted, ...memo }, digits, tools.submit);
  const drafted = submit(message, tools.submit, now, tools.suppressions.ofProject(project));
  if (!drafted.ok || broken.length > 0) throw unprocessable([...broken, ...(drafted.ok ? [] : drafted.failure)]);
  const { source } = memo;
  const notification = {
    ...newNotification(drafted.value, caller, null, now),
    ...(source !== null && { source }),
  };
  const id = wanted.id ?? codeId(notification.id);
  const expiresAt = now + memo.ttlMs;
  const names = [tools.names.ofId(project, id), ...memo.handles];
  const handles = names.map((name): CodeHandle => ({ name, digest: tools.names.digest(name, digits) }));
  const { persons: addresses } = memo;
  const code = { notification: notification.id, handles, addresses, expiresAt, memo: JSON.stringify(memo) };
  const limits = limitsIn([notification], tools.limitsFor);
  const issued = await tools.codes.issue({ code, resendMs, notification, ...limits, now });
  if (issued.kind !== 'issued') throw refusal(issued, tools, now);
  const channel = notification.deliveries[0]?.channel;
  return json({ id, expiresAt: time(expiresAt), resendAfter: time(now + resendMs), channel }, 202);
}

/** By what a code is reached: every address under `to`, whether or not a step of its plan goes there. */
export function addressNames(
  project: number,
  {
    addresses,
    region,
    purpose,
  }: { readonly addresses: Spellings; readonly region: string | null; readonly purpose: string },
  { names, submit }: Pick<IssueTools, 'names' | 'submit'>,
  problems: Problem[],
): Pick<CodeMemo, 'handles' | 'persons'> {
  const { channels, defaultRegion } = submit;
  const found = [...readAddresses(addresses, channels, { region: region ?? defaultRegion }, problems)].flatMap(
    ([channel, normal]) => {
      const key = channels.get(channel)?.channel.addressKey ?? '';
      return normal.map((address) => ({
        handle: names.ofAddress(project, purpose, key, address),
        person: names.ofPerson(project, key, address),
      }));
    },
  );
  // Channels that share an address key have the same addresses.
  return {
    handles: [...new Set(found.map(({ handle }) => handle))],
    persons: [...new Set(found.map(({ person }) => person))],
  };
}

function refusal(issued: Exclude<Issued, { kind: 'issued' }>, { submit }: IssueTools, now: number): HttpProblem {
  switch (issued.kind) {
    case 'limited': {
      const { message, errors, headers } = limitedProblem(issued, submit.channels, now);
      return new HttpProblem('otp_rate_limited', message, { errors, headers: { ...headers } });
    }
    case 'too_soon':
      return new HttpProblem('otp_resend_too_soon', 'the code before was sent a moment ago: it is still valid', {
        headers: retryAfter(issued.until, now),
      });
    case 'blocked':
      return new HttpProblem('otp_blocked', 'codes of this address were guessed at too often', {
        headers: retryAfter(issued.until, now),
      });
  }
}
