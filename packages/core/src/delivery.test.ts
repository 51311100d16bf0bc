import { describe, expect, it } from 'vitest';
import { type DeliveryStatus, deliveryStatuses, isOpen, isUnsent, publicStatus } from './delivery.ts';
import { eventOf, eventTypes } from './events.ts';

const those = (is: (status: DeliveryStatus) => boolean) => deliveryStatuses.filter(is);

describe('the statuses of a delivery', () => {
  it('are in the order of the numbers that stores keep: a new one goes to the end', () => {
    expect(deliveryStatuses.join(' ')).toMatch(
      /^waiting scheduled queued blocked sending retrying parked sent delivered failed dead expired canceled undelivered uncertain skipped/,
    );
  });

  it('are open while something will still happen by itself', () => {
    expect(those(isOpen)).toEqual(['waiting', 'scheduled', 'queued', 'blocked', 'sending', 'retrying', 'parked']);
  });

  it('are unsent when they are open and no attempt is under way', () => {
    expect(those(isUnsent)).toEqual(those((status) => isOpen(status) && status !== 'sending'));
  });

  it('show a reader that a blocked one is queued, and nothing else differently', () => {
    expect(those((status) => publicStatus(status) !== status)).toEqual(['blocked']);
    expect(publicStatus('blocked')).toBe('queued');
  });
});

describe('the event of a status', () => {
  it.each(deliveryStatuses)('%s has one that followers know', (status) => {
    expect(eventTypes).toContain(eventOf(status));
  });

  it('tells every end by its name', () => {
    for (const status of those((one) => !isOpen(one))) expect(eventOf(status)).toBe(`delivery.${status}`);
  });
});
