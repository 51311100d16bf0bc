import { type CallbackNews, isDeliveryId, type ReceiptNews } from '@posthorn/core';
import { redact } from '../exchange/saying.ts';
import { numberIn } from './number.ts';

/** What a code in a receipt means. */
export interface ReceiptCode {
  /** `nothing`: it is on its way still, or nobody will ever know. */
  readonly means: 'delivered' | 'undelivered' | 'nothing';
  readonly detail: string;
  readonly suppress?: 'hard' | 'soft';
  /** The owner of the number has said so: who wants no advertising may still get a code. */
  readonly objects?: 'unsubscribe' | 'complaint';
}

/** All that is known of the codes in a vendor's receipts; the documentation is made of it. */
export interface ReceiptBook {
  /** The vendor as sentences name it. */
  readonly vendor: string;
  readonly codes: Readonly<Record<string, ReceiptCode>>;
  /** Codes that `codes` lacks: by their beginning. The first that fits decides; what fits none was not delivered. */
  readonly families: readonly { readonly prefix: string; readonly meaning: ReceiptCode }[];
}

export function delivered(detail: string): ReceiptCode {
  return { means: 'delivered', detail };
}

export function undelivered(detail: string, suppress?: 'hard' | 'soft'): ReceiptCode {
  return { means: 'undelivered', detail, ...(suppress === undefined ? {} : { suppress }) };
}

export function objection(because: 'unsubscribe' | 'complaint', detail: string): ReceiptCode {
  return { means: 'undelivered', detail, objects: because };
}

export function nothing(detail: string): ReceiptCode {
  return { means: 'nothing', detail };
}

/** A receipt in a vendor's words. */
export interface Report {
  /** Our own id, where the vendor gives back what it was given. */
  readonly ownId: string;
  readonly vendorId: string;
  /** The number as the vendor writes it; '' where it does not say. */
  readonly number: string;
  readonly code: string;
  /** What the vendor says besides the code; it wins over the code, which may be a carrier's own. Null when it says nothing. */
  readonly arrived: boolean | null;
  /** The code in words. */
  readonly description: string;
  readonly at: number;
  readonly parts?: number | null;
  readonly part?: ReceiptNews['part'];
}

/** Vendors and carriers have codes of many kinds, and none with spaces in it. */
const codeShape = /^[\x21-\x7e]{1,64}$/;
const idShape = /^[\x21-\x7e]{1,128}$/;

/** The news in a report: none when it says nothing yet, null when nobody could tell what it is about. */
export function newsOf(book: ReceiptBook, report: Report): readonly CallbackNews[] | null {
  const delivery = isDeliveryId(report.ownId) ? report.ownId : null;
  const vendorId = idShape.test(report.vendorId) ? report.vendorId : null;
  if (delivery === null && vendorId === null) return null;
  const { status, meaning } = verdictOf(book, report);
  if (status === 'nothing') return [];
  const receipt = {
    status,
    code: codeShape.test(report.code) ? report.code : null,
    detail: detailOf(book, meaning, report),
    at: report.at,
  };
  const objects = status === 'undelivered' ? meaning?.objects : undefined;
  const address = objects === undefined ? null : numberIn(report.number);
  // Without a number, what its owner wants can only be kept for the delivery's address as a whole.
  const suppress =
    status !== 'undelivered' || address !== null ? null : (meaning?.suppress ?? (objects && 'hard') ?? null);
  const { parts = null, part = null } = report;
  const news = { kind: 'receipt', delivery, vendorId, receipt, parts, part, suppress } as const;
  if (objects === undefined || address === null) return [news];
  return [news, { kind: 'objection', address, because: objects, detail: meaning?.detail ?? '', at: report.at }];
}

/** What a report comes to: by the vendor's plain word if there is one, else by its code. */
export function verdictOf(
  { codes, families }: ReceiptBook,
  { code, arrived }: Pick<Report, 'code' | 'arrived'>,
): { readonly status: ReceiptCode['means']; readonly meaning: ReceiptCode | null } {
  const listed = Object.hasOwn(codes, code) ? codes[code] : undefined;
  const meaning = listed ?? families.find(({ prefix }) => code.startsWith(prefix))?.meaning ?? null;
  if (arrived === true) return { status: 'delivered', meaning };
  const means = meaning?.means ?? 'undelivered';
  if (arrived === false) return { status: means === 'delivered' ? 'undelivered' : means, meaning };
  return { status: means, meaning };
}

/** A code that the book has is said in our words, others in the vendor's. */
export function detailOf(book: ReceiptBook, meaning: ReceiptCode | null, { description }: Pick<Report, 'description'>) {
  if (meaning !== null) return meaning.detail;
  const said = redact(description, []);
  return said === '' ? null : `${book.vendor} says: ${said}`;
}

/** Billed parts as vendors write them, a number or its digits; null when it is no count. */
export function partsIn(value: unknown): number | null {
  const parts =
    typeof value === 'number' ? value : Number(typeof value === 'string' && value !== '' ? value : Number.NaN);
  return Number.isSafeInteger(parts) && parts > 0 && parts <= 255 ? parts : null;
}
