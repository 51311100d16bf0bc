import type { EventType, Logger, Outbox } from '@posthorn/core';

const amiss: ReadonlySet<EventType> = new Set([
  'delivery.failed',
  'delivery.dead',
  'delivery.undelivered',
  'delivery.uncertain',
  'delivery.recovered',
]);

/**
 * One line for every delivery that went wrong, and for an account whose codes are not verified any more; all the others at
 * level debug. No address, no content.
 */
export function logDeliveries(outbox: Outbox, log: Logger): () => void {
  return outbox.onCommit(({ events }) => {
    for (const { type, delivery, notification, channel, account, code, detail } of events) {
      const fields = { notification, delivery, channel, account, code };
      // These words are our own; those of other events may be a vendor's.
      if (type === 'account.conversion_dropped') log.warn(type, { ...fields, detail });
      else if (amiss.has(type)) log.warn(type, fields);
      else log.debug(type, fields);
    }
  });
}
