import type { CheckCode, Checked, CodeStore, OpenCode, Opened } from './codes.ts';
import type { Accepted, NewNotification, Outbox } from './outbox.ts';
import type { Limited, Limits } from './quota.ts';
import { StoreUnavailable } from './store-fault.ts';

/** One-time codes together with the messages that carry them. */
export interface Codes extends Pick<CodeStore, 'find'> {
  /** Opens a code and accepts its message: both, or neither. What still waits of the codes that it voids is canceled. */
  issue(input: Issue): Promise<Issued>;
  /** Tries a code. An approved one cancels what still waits of its message's plan. */
  verify(input: Verify): Promise<Checked>;
}

export interface Issue extends OpenCode {
  /** The one that the code is named after. */
  readonly notification: NewNotification;
  readonly limits?: Limits;
}

/** `limited`: a limit forbids the message, so the code before is as good as it was. */
export type Issued = { readonly kind: 'issued' } | Exclude<Opened, { readonly kind: 'opened' }> | Limited;

export interface Verify extends CheckCode {
  /** The project that the handle is of. */
  readonly project: number;
}

/**
 * Codes in a store of their own, beside the outbox. The code is opened first, so that no message leaves whose code is not
 * valid; when the outbox does not take the message it is withdrawn. A crash between the two leaves a code that nobody gets.
 */
export function codesApart(codes: CodeStore, outbox: Pick<Outbox, 'accept' | 'cancel' | 'conclude'>): Codes {
  return {
    find: (input) => codes.find(input),
    async issue({ code, resendMs, notification, limits, now }) {
      const opened = await codes.open({ code, resendMs, now });
      if (opened.kind !== 'opened') return opened;
      let accepted: Accepted | undefined;
      try {
        [accepted] = await outbox.accept({ notifications: [notification], ...(limits && { limits }), now });
      } finally {
        if (accepted?.kind !== 'accepted') await whenAble(codes.withdraw({ notification: code.notification }));
      }
      if (accepted?.kind === 'limited') return accepted;
      requireAccepted(accepted);
      const { project } = notification;
      for (const former of opened.voided) await whenAble(outbox.cancel({ project, notification: former, now }));
      return { kind: 'issued' };
    },
    async verify({ project, ...check }) {
      const checked = await codes.check(check);
      if (checked.status === 'approved')
        await whenAble(outbox.conclude({ project, notification: checked.notification, now: check.now }));
      return checked;
    },
  };
}

/** A code's message has no idempotency key, so there is nothing else that it could come to. */
export function requireAccepted(accepted: Accepted | undefined): void {
  if (accepted?.kind !== 'accepted') throw new Error(`a code's message cannot be ${accepted?.kind}`);
}

/** What follows from a decision that stands: a store that is away must not turn it into a refusal. */
async function whenAble(consequence: Promise<unknown>): Promise<void> {
  try {
    await consequence;
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
  }
}
