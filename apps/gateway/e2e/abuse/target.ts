import type { Attack } from './attack.ts';

/** A route as attackers see it. What it takes decides which attacks it gets; `own` are those that only it knows. */
export interface Target {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As the program lists it. */
  readonly path: string;
  readonly scope: string | null;
  /** Where a request is sent: parameters filled in with what could be there and is not. */
  readonly url: string;
  /** A JSON body that is carried out, and the most bytes that are read of one. */
  readonly json?: { readonly good: object; readonly limit: number };
  /** Names of the parameters that its query may have; left out where no query is looked at. */
  readonly query?: readonly string[];
  /** What the ids begin with that stand in its path. */
  readonly ids?: string;
  /** Answers with a page of a list. */
  readonly list?: true;
  readonly own?: readonly Attack[];
}
