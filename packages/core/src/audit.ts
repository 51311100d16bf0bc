import type { ProjectId } from './ids.ts';

/** What is written down of administrative acts. The order is that of the store's numbers: new ones go to the end. */
export const auditActions = [
  'project.made',
  'key.made',
  'key.revoked',
  'suppression.put',
  'suppression.released',
  'notification.canceled',
  'delivery.retried',
  'deliveries.redriven',
  'sandbox.cleared',
  'person.erased',
] as const;
export type AuditAction = (typeof auditActions)[number];

/**
 * Who asks for an administrative act, on what. The command that carries it writes it down with what came of it, in the same
 * commit; what changed nothing is not written down.
 */
export interface Act {
  /** The id of a key, or `admin`, or `cli`. */
  readonly by: string;
  /** What it is about, as anyone may see it: an id, or the keyed hash of an address. Null when the action says it all. */
  readonly subject: string | null;
  readonly requestId: string | null;
  readonly at: number;
}

/** One line of the audit log. */
export interface AuditEntry extends Act {
  /** Its place in the log: the cursor of a list. */
  readonly sequence: number;
  readonly project: ProjectId;
  readonly action: AuditAction;
  /** What else is to be known, such as the scopes of a key or how many deliveries were queued; no secret, no address. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AuditQuery {
  /** Null for all projects. */
  readonly project: number | null;
  readonly limit: number;
  readonly before: number | null;
  readonly action?: AuditAction;
  readonly by?: string;
  /** Done at or after, and before. */
  readonly from?: number;
  readonly to?: number;
}
