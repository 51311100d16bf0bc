/** What a code of a vendor means for a delivery; the outcome is built from it. */
export type Verdict =
  | {
      readonly kind: 'refused';
      readonly because: 'address' | 'content' | 'blocked';
      readonly detail: string;
      readonly suppress?: 'hard' | 'soft';
    }
  | {
      readonly kind: 'deferred';
      readonly scope: 'delivery' | 'address' | 'account';
      readonly detail: string;
      /** The wait that the code means, for a code that comes at `now`; else the vendor's own, if it names one. */
      readonly waitMs?: (now: number) => number;
    }
  | { readonly kind: 'misconfigured' | 'uncertain'; readonly detail: string };

/** The message, its template or its variables are wrong. */
export function content(detail: string): Verdict {
  return { kind: 'refused', because: 'content', detail };
}

/** The account must be mended: everything waits until it is. */
export function account(detail: string): Verdict {
  return { kind: 'misconfigured', detail };
}

/** Nothing was sent; later the account can go on. */
export function later(detail: string): Verdict {
  return { kind: 'deferred', scope: 'account', detail };
}

/** All that is known of a vendor's codes. */
export interface CodeBook {
  /** The vendor as sentences name it. */
  readonly vendor: string;
  /** What its codes look like; anything else is somebody else's answer. */
  readonly shape: RegExp;
  readonly verdicts: Readonly<Record<string, Verdict>>;
  /** Codes that `verdicts` lacks: by their beginning. The first that fits decides. */
  readonly families: readonly { readonly prefix: string; readonly verdict: Verdict }[];
}

/** What a code means: by the list, by its family, else by the HTTP status it came with. */
export function verdictOf(book: CodeBook, code: string, status: number): Verdict {
  const listed = Object.hasOwn(book.verdicts, code) ? book.verdicts[code] : undefined;
  const family = book.families.find(({ prefix }) => code.startsWith(prefix));
  return listed ?? family?.verdict ?? verdictByStatus(book.vendor, status);
}

/** Below 500 the vendor has refused; from 500 on it may have passed the message on. */
export function verdictByStatus(vendor: string, status: number): Verdict {
  if (status === 401 || status === 403) return account(`${vendor} rejected the credentials`);
  if (status === 429) return later('too many requests for now');
  if (status >= 500) return { kind: 'uncertain', detail: `a fault inside ${vendor}, at an unknown moment` };
  return content(`${vendor} refused the message`);
}
