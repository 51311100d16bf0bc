import type {
  Act,
  Cancel,
  ClearInbox,
  Erase,
  Erased,
  Release,
  Requeue,
  RequeueMany,
  RequeueManyResult,
  RequeueResult,
  Suppress,
} from '@posthorn/core';
import type { Audit } from './audit.ts';
import type { Digest } from './search-terms.ts';

/** What an operator may have done to notifications and addresses. */
interface Acts {
  suppress(input: Suppress): void;
  release(input: Release): number;
  cancel(input: Cancel): 'canceled' | 'final' | 'unknown';
  requeue(input: Requeue): RequeueResult;
  requeueMany(input: RequeueMany): RequeueManyResult;
  clearInbox(input: ClearInbox): number;
  erase(input: Erase): Omit<Erased, 'swept'>;
}

/**
 * The same acts, each of which also writes down what it changed. Whom an act was about is a keyed hash there: the log is never
 * changed, and must not say more of a person who was erased.
 */
export function auditedActs(acts: Acts, audit: Audit, digest: Digest): Acts {
  const about = (act: Act | undefined, { project, address }: { readonly project: number; readonly address: string }) =>
    act && { ...act, subject: digest(project, 'person', address) };
  return {
    suppress({ act, ...input }) {
      acts.suppress(input);
      const { channel, kind, reason, until } = input;
      audit.write('suppression.put', input.project, about(act, input), { channel, kind, reason, until });
    },
    release({ act, ...input }) {
      const ended = acts.release(input);
      const { channel, kind = null } = input;
      if (ended > 0) audit.write('suppression.released', input.project, about(act, input), { channel, kind, ended });
      return ended;
    },
    cancel(input) {
      const result = acts.cancel(input);
      if (result === 'canceled') audit.write('notification.canceled', input.project, input.act);
      return result;
    },
    requeue(input) {
      const result = acts.requeue(input);
      if (result === 'requeued') audit.write('delivery.retried', input.project, input.act);
      return result;
    },
    requeueMany(input) {
      const result = acts.requeueMany(input);
      const { project, ...filter } = input.filter;
      if (result.queued > 0) audit.write('deliveries.redriven', project, input.act, { queued: result.queued, filter });
      return result;
    },
    clearInbox(input) {
      const deleted = acts.clearInbox(input);
      if (deleted > 0) audit.write('sandbox.cleared', input.project, input.act, { deleted });
      return deleted;
    },
    erase(input) {
      const erased = acts.erase(input);
      const { notifications, canceled, messages, more } = erased;
      // That somebody was to be forgotten is evidence also when nothing of them was there.
      if (notifications > 0 || !more)
        audit.write('person.erased', input.project, about(input.act, input), { notifications, canceled, messages });
      return erased;
    },
  };
}
