import type { CodeRow, CodeTable } from '@posthorn/core';
import { type ReceiptBook, type ReceiptCode, verdictOf } from './receipt-book.ts';

/** The table of a vendor's page about its receipts: the codes of its book, then the families of those that it lacks. */
export function receiptTables(book: ReceiptBook): readonly CodeTable[] {
  const { vendor, codes, families } = book;
  const unknown = verdictOf(book, { code: '', arrived: null });
  return [
    {
      rows: [
        ...Object.entries(codes).map(([code, meaning]) => row(code, meaning)),
        ...families.map(({ prefix, meaning }) => row(`${prefix}…`, meaning)),
        { code: 'any other', means: `what ${vendor} says about it`, outcome: { kind: unknown.status } },
      ],
    },
  ];
}

function row(code: string, { means, detail, suppress, objects }: ReceiptCode): CodeRow {
  if (means === 'nothing') return { code, means: detail, outcome: { kind: means } };
  const outcome = { kind: means, ...(suppress && { suppress }), ...(objects && { objects }) };
  return { code, means: detail, outcome };
}
