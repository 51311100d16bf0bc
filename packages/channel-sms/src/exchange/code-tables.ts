import type { CodeRow, CodeTable } from '@posthorn/core';
import { type CodeBook, type Verdict, verdictByStatus } from './verdict.ts';

/** The tables of a vendor's page: its codes, and the families that decide about codes on no list. */
export function codeTables({ verdicts, families, vendor }: CodeBook, title = 'Codes'): readonly CodeTable[] {
  const listed = Object.entries(verdicts).map(([code, verdict]) => codeRow(code, verdict));
  const unlisted = families.map(({ prefix, verdict }) => codeRow(`${prefix}…`, verdict));
  return [
    { title, rows: listed },
    { title: `${title} that no row above names`, rows: [...unlisted, ...rowsByStatus(vendor)] },
  ];
}

function codeRow(code: string, verdict: Verdict): CodeRow {
  const outcome = verdict.kind === 'deferred' ? { ...verdict, elsewhere: true as const } : verdict;
  const row = { code, means: verdict.detail, outcome };
  return 'waitMs' in verdict && verdict.waitMs !== undefined
    ? { ...row, note: 'It waits until the limit is over.' }
    : row;
}

/** What is left when the answer is the vendor's and its code says nothing. */
function rowsByStatus(vendor: string): readonly CodeRow[] {
  const statuses = [
    ['with HTTP 401 or 403', 401],
    ['with HTTP 429', 429],
    ['with HTTP 500 or more', 500],
    ['any other', 400],
  ] as const;
  return statuses.map(([code, status]) => codeRow(code, verdictByStatus(vendor, status)));
}
