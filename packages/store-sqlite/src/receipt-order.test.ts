import assert from 'node:assert/strict';
import { type Claimed, deliveryId, type HeardReceipt, idMint, type Outbox } from '@posthorn/core';
import { sampleNotification } from '@posthorn/testkit';
import fc from 'fast-check';
import { it } from 'vitest';
import { dawn, storeFixture, waysToOpen } from '../doubles/temporary-store.ts';

/** What a vendor will say of one message, and when it says that it has it. */
const history = fc.record({
  /** Whether each part of it arrived; one word for the whole message where there is one part. */
  parts: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
  /** Receipts give our id back, or only the vendor's. */
  named: fc.boolean(),
  billed: fc.option(fc.integer({ min: 1, max: 9 }), { nil: null }),
  suppress: fc.constantFrom(null, 'hard', 'soft'),
  /** Each receipt comes so often. */
  copies: fc.integer({ min: 1, max: 3 }),
  /** The order in which it all comes: the acceptance is one of them. */
  order: fc.infiniteStream(fc.nat({ max: 1_000 })),
  /** Receipts of one callback are applied together. */
  bundled: fc.boolean(),
} as const);
type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never;

const lane = { channel: 'sms', account: 'sms-main' };
const mint = idMint();
let written = 0;

it('receipts come to the same end in whatever order they and the acceptance arrive, however often', {
  timeout: 60_000,
}, async () => {
  const store = await storeFixture(waysToOpen.embedded);
  const { outbox, reader, project } = store;
  try {
    await fc.assert(
      fc.asyncProperty(history, async (one) => {
        const vendorId = `v-${++written}`;
        const address = `person ${written}`;
        const item = sampleNotification(mint.notification(dawn), project, { steps: [{ lane, addresses: [address] }] });
        await outbox.accept({ notifications: [item], now: dawn });
        const [lease] = await outbox.claim({ lane, limit: 1, leaseMs: 1_000, now: dawn });
        assert.ok(lease);
        const id = deliveryId(item.id, 1);
        const receipts = receiptsOf(one, one.named ? { delivery: id, vendorId: null } : { delivery: null, vendorId });
        const hear = (news: readonly HeardReceipt[]) => outbox.hear({ lane, traced: true, news, now: dawn });
        const settle = () => settled(lease, vendorId, outbox);
        for (const step of arranged(one, receipts)) await (step === 'settle' ? settle() : hear(step));

        const seen = reader.delivery(project, id);
        assert.ok(seen);
        const arrived = one.parts.every((part) => part);
        assert.equal(seen.status, arrived ? 'delivered' : 'undelivered');
        assert.equal(seen.vendorId, vendorId);
        assert.equal(seen.parts, one.billed ?? 2);
        const asked = { project, channel: 'sms', address, kind: 'otp', now: dawn } as const;
        assert.equal(reader.suppression(asked), !arrived && one.suppress === 'hard' ? 'bounced' : null);
        const types = reader.notification(project, item.id)?.timeline.map(({ type }) => type) ?? [];
        assert.equal(types.filter((type) => type.endsWith('delivered')).length, 1, 'it ended once');
      }),
      { numRuns: 200, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
    );
  } finally {
    await store.close();
  }
});

function receiptsOf({ parts, billed, suppress, copies }: History, names: Pick<HeardReceipt, 'delivery' | 'vendorId'>) {
  const told = parts.map((arrived, place): HeardReceipt => {
    const status = arrived ? 'delivered' : 'undelivered';
    const part = parts.length === 1 ? null : { number: place + 1, total: parts.length };
    const receipt = { status, code: status, detail: null, at: dawn } as const;
    return {
      kind: 'receipt',
      ...names,
      receipt,
      parts: billed,
      part,
      suppress: arrived ? null : suppress,
      masked: null,
    };
  });
  return Array.from({ length: copies }, () => told).flat();
}

/** The acceptance among the receipts, in the drawn order. */
function arranged(
  { order, bundled }: History,
  receipts: readonly HeardReceipt[],
): readonly ('settle' | HeardReceipt[])[] {
  const drawn = [...order.take(receipts.length + 1)];
  const shuffled = ['settle' as const, ...receipts]
    .map((step, place) => ({ step, rank: drawn[place] ?? 0 }))
    .toSorted((a, b) => a.rank - b.rank);
  const steps: ('settle' | HeardReceipt[])[] = [];
  for (const { step } of shuffled) {
    const last = steps.at(-1);
    if (step === 'settle') steps.push('settle');
    else if (bundled && Array.isArray(last)) last.push(step);
    else steps.push([step]);
  }
  return steps;
}

function settled({ id, delivery, token }: Claimed, vendorId: string, outbox: Pick<Outbox, 'settle'>) {
  const attempt = { ...lane, startedAt: dawn, endedAt: dawn, outcome: 'accepted', code: null, detail: null } as const;
  const settlement = { to: 'sent', vendorId, parts: 2, traced: true } as const;
  return outbox.settle({ lease: { id, delivery, token }, attempt, settlement, now: dawn });
}
