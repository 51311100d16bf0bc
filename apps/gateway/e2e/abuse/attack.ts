import type { Refusal } from '../refusal.ts';

/** One hostile request: which abuse case it belongs to, and how it must be refused. */
export interface Attack extends Refusal {
  readonly abuse: AbuseId;
  readonly what: string;
}

/** The number of a case in `cases.ts`. */
export type AbuseId = `A${number}`;
