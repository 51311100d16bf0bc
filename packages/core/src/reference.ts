import type { Outcome } from './outcome.ts';

/**
 * What an operator has to know of a vendor beside its settings: data for its page in the documentation, made of the same
 * tables that its provider decides by.
 */
export interface ProviderReference {
  /** The vendor and its service as people call them: `Alibaba Cloud SMS`. */
  readonly title: string;
  /** Sentences in Markdown: what it is for, where its settings are found, what it is peculiar about. */
  readonly about: string;
  /** What its answers mean. */
  readonly answers: readonly CodeTable[];
  /** What its later word about an accepted message means; none where it has none, or where none is read. */
  readonly receipts?: readonly CodeTable[];
}

/** Codes in one order: where a row is a pattern, the first that fits decides. */
export interface CodeTable {
  /** What the rows are about, as a heading; left out where there is one table only. */
  readonly title?: string;
  readonly rows: readonly CodeRow[];
}

export interface CodeRow {
  /** As the vendor spells it, or the pattern of what it says. */
  readonly code: string;
  /** In our words, as the timeline has it. */
  readonly means: string;
  readonly outcome: CodeOutcome;
  /** What has to be known beside it, in a sentence; Markdown. */
  readonly note?: string;
}

type OutcomeOf<Kind extends Outcome['kind']> = Extract<Outcome, { kind: Kind }>;

/** An outcome as far as a table knows it; an `Outcome` is one as it is. */
export type CodeOutcome =
  | { readonly kind: 'accepted' | 'misconfigured' | 'uncertain' }
  | Pick<OutcomeOf<'refused'>, 'kind' | 'because' | 'suppress'>
  /** A wait that the table knows, in milliseconds; else it is the vendor's own, if it names one. */
  | (Pick<OutcomeOf<'deferred'>, 'kind' | 'scope' | 'elsewhere'> & { readonly retryAfterMs?: number | null })
  /** Of a receipt. `objects`: with it the owner of the address says that they want no more. */
  | {
      readonly kind: 'delivered' | 'undelivered';
      readonly suppress?: 'hard' | 'soft';
      readonly objects?: 'unsubscribe' | 'complaint';
    }
  /** Of a receipt that ends nothing: the message is on its way, or nobody will ever know. */
  | { readonly kind: 'nothing' }
  /** Of the owner's word alone, which says nothing about one message. */
  | { readonly kind: 'objection'; readonly because: 'unsubscribe' | 'complaint' };
