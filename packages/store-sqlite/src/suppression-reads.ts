import { type Kind, type NotificationId, placeOf, type Reader, type SuppressionView, saltOf } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { deliveryPlace, kindCodes, kindPlace, reasonCodes } from './rows.ts';
import type { Enclosures } from './sealing/enclosure.ts';
import type { SearchTerm } from './search-terms.ts';
import { suppressedAddress } from './suppressions.ts';

type SuppressionReads = Pick<Reader, 'hasSuppressions' | 'suppression' | 'suppressions' | 'ownerOf' | 'addressOf'>;

interface SuppressionRow {
  readonly sequence: number;
  readonly channel: string;
  readonly masked: string | null;
  readonly kind: number;
  readonly reason: number;
  readonly detail: string | null;
  readonly at: number;
  readonly until: number | null;
}

/** Whose address is asked for. */
interface Placed {
  readonly notification: number;
  readonly ordinal: number;
}

/** What readers ask about suppressions, and what has to be known to apply them. */
export function openSuppressionReads(db: Database, term: SearchTerm, enclosures: Enclosures): SuppressionReads {
  const any = db.prepare('SELECT 1 FROM suppressions LIMIT 1');
  const inForce = db.prepare<{ term: number; kind: number; now: number }, { reason: number }>(
    `SELECT reason FROM suppressions WHERE term = @term AND kind IN (-1, @kind) AND (until IS NULL OR until > @now)
     ORDER BY kind LIMIT 1`,
  );
  const owner = db.prepare<[number, number], { project: number }>(
    'SELECT project FROM notifications WHERE key = ? AND salt = ?',
  );
  const named = db.prepare<ReturnType<typeof deliveryPlace>, Placed>(
    `SELECT d.notification, d.ordinal FROM deliveries d JOIN notifications n ON n.key = d.notification
     WHERE d.key = @key AND d.ordinal = @ordinal AND n.salt = @salt`,
  );
  const called = db.prepare<[string, string, string], Placed>(
    `SELECT d.notification, d.ordinal FROM lanes l JOIN vendor_ids v ON v.lane = l.key JOIN deliveries d ON d.key = v.delivery
     WHERE l.channel = ? AND l.account = ? AND v.vendor_id = ?`,
  );
  return {
    hasSuppressions: () => any.get() !== undefined,
    suppression({ project, channel, address, kind, now }) {
      const hash = term(project, 'suppression', suppressedAddress(channel, address));
      const found = inForce.get({ term: hash, kind: kindPlace(kind), now });
      return found === undefined ? null : reasonCodes.word(found.reason);
    },
    suppressions: openSuppressionList(db, term),
    ownerOf: (id: NotificationId) => owner.get(placeOf(id), saltOf(id))?.project ?? null,
    addressOf({ channel, account }, { delivery, vendorId }) {
      const found = delivery === null ? undefined : named.get(deliveryPlace(delivery));
      const placed = found ?? (vendorId === null ? undefined : called.get(channel, account, vendorId));
      return (placed && enclosures(placed.notification)?.addresses[placed.ordinal - 1]) ?? null;
    },
  };
}

function openSuppressionList(db: Database, term: SearchTerm): Reader['suppressions'] {
  const columns = 'sequence, channel, masked, kind, reason, detail, at, until';
  const page = db.prepare<Readonly<Record<string, number | string | null>>, SuppressionRow>(
    `SELECT ${columns} FROM suppressions WHERE project = @project AND sequence < @before
       AND (@channel IS NULL OR channel = @channel) AND (until IS NULL OR until > @now)
     ORDER BY sequence DESC LIMIT @limit`,
  );
  const ofAddress = db.prepare<Readonly<Record<string, number>>, SuppressionRow>(
    `SELECT ${columns} FROM suppressions WHERE term = @term AND (until IS NULL OR until > @now)`,
  );
  return ({ project, limit, before, channel, address, now }) => {
    if (channel === undefined || address === undefined) {
      const all = { project, limit, before: before ?? Number.MAX_SAFE_INTEGER, channel: channel ?? null, now };
      return page.all(all).map(suppressionView);
    }
    // An address has one suppression for everything and one of each kind at the most.
    const rows = ofAddress.all({ term: term(project, 'suppression', suppressedAddress(channel, address)), now });
    const wanted = rows.filter(({ sequence }) => before === null || sequence < before);
    return wanted
      .toSorted((a, b) => b.sequence - a.sequence)
      .slice(0, limit)
      .map(suppressionView);
  };
}

function suppressionView({ kind, reason, ...row }: SuppressionRow): SuppressionView {
  const word: Kind | null = kind === kindPlace(null) ? null : kindCodes.word(kind);
  return { ...row, kind: word, reason: reasonCodes.word(reason) };
}
