import type { Access, Outbox } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { openAccess } from './access.ts';
import { openAudit } from './audit.ts';
import type { Ballast } from './ballast.ts';
import { type CodePort, openCodePort } from './codes/code-port.ts';
import { openEffects } from './effects.ts';
import type { Lanes } from './lanes.ts';
import { openOutbox } from './outbox.ts';
import type { Secrecy } from './sealing/secrecy.ts';
import { openWriter } from './writer.ts';

/** What a store is written through. The methods of a port are commands: plain data in, plain data out, durable when they resolve. */
export interface Ports {
  readonly outbox: Outbox;
  readonly access: Access;
  readonly codes: CodePort;
}

/** The ports with what only their owner may do. */
export interface OwnedPorts {
  readonly ports: Ports;
  /** Writes something that changes nothing: a full disk is not seen before a page has to go there. */
  probe(): Promise<void>;
  /** Whether so much waits that nothing new should be begun. */
  isBehind(): boolean;
  /** Commits what waits and takes nothing more. */
  close(): void;
}

/** The ports over an open database. All have one writer, so that commands of whatever port share its commits. */
export function openPorts(db: Database, lanes: Lanes, secrecy: Secrecy, ballast: Ballast | null = null): OwnedPorts {
  const effects = openEffects(db, lanes);
  const forget = () => {
    effects.take();
    lanes.reload();
  };
  const writer = openWriter(db, { take: () => effects.take(), forget }, ballast);
  const audit = openAudit(db);
  const touch = db.prepare('UPDATE projects SET name = name WHERE key = 1');
  const { outbox, commands } = openOutbox(db, lanes, secrecy, effects, audit, writer);
  return {
    ports: { outbox, access: openAccess(db, audit, writer), codes: openCodePort(db, commands, writer) },
    probe: () => writer.run(() => void touch.run()),
    isBehind: () => writer.isBehind(),
    close: () => writer.close(),
  };
}
