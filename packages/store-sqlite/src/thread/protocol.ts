import type { Issue, Limits, Project, StoreFault } from '@posthorn/core';
import type { Ports } from '../ports.ts';
import type { PackedCommit, PackedNotification } from './wire.ts';

/** What the thread answers first: that the store is open, or why it cannot be. */
export type ThreadGreeting =
  | {
      readonly kind: 'opened';
      readonly defaultProject: Project;
      readonly firstPlace: number;
      readonly migrated: readonly string[];
    }
  | { readonly kind: 'refused'; readonly message: string };

/** A command of a port, or one of the two of the store's owner. */
export type CommandName =
  | { [Port in keyof Ports]: `${Port}.${Commands<Ports[Port]>}` }[keyof Ports]
  | 'probe'
  | 'close';

/** The methods of a port that are commands. */
type Commands<Port> = Exclude<keyof Port & string, 'onCommit'>;

/** What `accept` takes on its way. */
export interface PackedAccept {
  readonly notifications: readonly PackedNotification[];
  readonly limits?: Limits;
  readonly now: number;
}

/** What `issue` takes on its way. */
export interface PackedIssue extends Omit<Issue, 'notification'> {
  readonly notification: PackedNotification;
}

/** Commands that came in one turn of the event loop travel together; each is answered under its number. */
export type Order = readonly [number: number, name: CommandName, input: unknown];

/** What a commit brought: the answers to its orders, and its news. */
export interface Report {
  readonly answers: readonly Answer[];
  readonly commits: readonly PackedCommit[];
}

export type Answer = readonly [number: number, result: unknown] | readonly [number: number, result: null, fault: Fault];

/** An error without its prototype, which does not survive the way between threads. */
export interface Fault {
  /** Of a `StoreUnavailable`; null for a bug. */
  readonly code: StoreFault | null;
  readonly message: string;
}
