import type { Act, AuditEntry, AuditQuery } from './audit.ts';
import type { KeyId, ProjectId } from './ids.ts';

/** What a key may do; `admin` includes the others. The order is that of the store's bits. */
export const scopes = ['notify', 'otp', 'read', 'manage', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** The owner of keys, notifications and limits. `key` is the store's own number of it. */
export interface Project {
  readonly key: number;
  readonly id: ProjectId;
  readonly name: string;
}

/** A key as it is kept: its text is known to its holder alone. */
export interface StoredKey {
  readonly id: KeyId;
  /** The part of its text by which it is looked up; no secret. */
  readonly handle: string;
  /** SHA-256 of the whole text. */
  readonly hash: Uint8Array;
  readonly project: Project;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Most requests a second; null for what the configuration says. */
  readonly ratePerSecond: number | null;
  readonly createdAt: number;
  /** Null for never. */
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** When it was last seen, to the minute; null for never. */
  readonly usedAt: number | null;
}

/** Projects and keys. Like the outbox: plain data in, durable when it resolves, `StoreUnavailable` when the disk cannot take it. */
export interface Access {
  makeProject(input: MakeProject): Promise<'made' | 'name_taken'>;
  makeKey(input: MakeKey): Promise<void>;
  /** For good; a key that was revoked before stays so. */
  revokeKey(input: RevokeKey): Promise<void>;
  /** Writes down when keys were last used. */
  noteUses(input: { readonly uses: readonly KeyUse[] }): Promise<void>;
}

export interface MakeProject {
  readonly id: ProjectId;
  readonly name: string;
  readonly act: Act;
}

export interface MakeKey {
  readonly key: StoredKey;
  readonly act: Act;
}

export interface RevokeKey {
  readonly id: KeyId;
  readonly act: Act;
}

export interface KeyUse {
  readonly id: KeyId;
  readonly at: number;
}

/** What is asked about projects, keys and the audit log. Null for `project` asks about all of them. */
export interface AccessReader {
  /** Every key that was ever made, for who has to know them by heart. */
  everyKey(): readonly StoredKey[];
  key(project: number | null, id: KeyId): KeyView | null;
  /** Newest first, as all lists. */
  keys(query: AccessQuery): readonly KeyView[];
  project(id: ProjectId): ProjectView | null;
  projects(query: AccessQuery): readonly ProjectView[];
  audit(query: AuditQuery): readonly AuditEntry[];
}

export interface AccessQuery {
  readonly project: number | null;
  readonly limit: number;
  /** Only what has a smaller sequence than this. */
  readonly before: number | null;
}

export interface KeyView extends Omit<StoredKey, 'hash'> {
  readonly sequence: number;
}

export interface ProjectView extends Project {
  readonly sequence: number;
  readonly createdAt: number;
}
