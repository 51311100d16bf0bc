import type { DeliveryId } from '@posthorn/core';
import type { Database } from 'better-sqlite3';
import { deliveryPlace, type Labels } from '../rows.ts';
import { sealEnclosure } from './enclosure.ts';
import { sealMessage } from './message.ts';
import type { Secrecy } from './secrecy.ts';

/** Lends migrations what they need to seal and hash rows that earlier versions wrote plainly. */
export function lendToMigrations(db: Database, { vault, term, digest }: Secrecy): void {
  const lend = (name: string, given: (...values: never[]) => unknown) =>
    db.function(name, { directOnly: true }, given as (...values: unknown[]) => unknown);

  lend(
    'enclosed',
    (key: number, content: string | null, labels: string | null, orderingKey: string | null, addresses: string) => {
      const { metadata, tags } = labels === null ? { metadata: {}, tags: [] } : (JSON.parse(labels) as Labels);
      return sealEnclosure(vault, key, {
        addresses: JSON.parse(addresses),
        content: content === null ? null : JSON.parse(content),
        metadata,
        tags,
        orderingKey,
      });
    },
  );
  lend('kept', (delivery: DeliveryId, address: string, content: string) =>
    sealMessage(vault, deliveryPlace(delivery).key, { address, content: JSON.parse(content) }),
  );
  // A plain number would arrive as a fraction, and in a column of text with its point.
  lend('term', (project: number, field: Parameters<typeof term>[1], value: string) =>
    BigInt(term(project, field, value)),
  );
  lend('digest', digest);
}
