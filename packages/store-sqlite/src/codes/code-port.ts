import { type CodeStore, type Codes, requireAccepted } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import type { OutboxCommands } from '../outbox.ts';
import type { Writer } from '../writer.ts';
import { openCodes } from './codes.ts';

/** A store of codes that shares its transactions with the outbox. */
export type CodePort = CodeStore & Codes;

/** A code and its message stand in one commit, and so do an approval and what it cancels. */
export function openCodePort(db: Database, outbox: OutboxCommands, writer: Writer): CodePort {
  const codes = openCodes(db);

  const issue: Sync<CodePort['issue']> = ({ code, resendMs, notification, limits, now }) => {
    const opened = codes.open({ code, resendMs, now });
    if (opened.kind !== 'opened') return opened;
    const [accepted] = outbox.accept({ notifications: [notification], ...(limits && { limits }), now });
    if (accepted?.kind === 'limited') {
      codes.withdraw({ notification: code.notification });
      return accepted;
    }
    requireAccepted(accepted);
    const { project } = notification;
    for (const former of opened.voided) outbox.cancel({ project, notification: former, now });
    return { kind: 'issued' };
  };

  const verify: Sync<CodePort['verify']> = ({ project, ...check }) => {
    const checked = codes.check(check);
    if (checked.status === 'approved') outbox.conclude({ project, notification: checked.notification, now: check.now });
    return checked;
  };

  return {
    open: (input) => writer.run(() => codes.open(input)),
    withdraw: (input) => writer.finish(() => codes.withdraw(input)),
    check: (input) => writer.run(() => codes.check(input)),
    find: (input) => writer.run(() => codes.find(input)),
    issue: (input) => writer.run(() => issue(input)),
    verify: (input) => writer.run(() => verify(input)),
  };
}

type Sync<Command extends (input: never) => Promise<unknown>> = (
  input: Parameters<Command>[0],
) => Awaited<ReturnType<Command>>;
