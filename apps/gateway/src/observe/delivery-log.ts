import type { EventType, Logger, Outbox } from '@posthorn/core';

const amiss: ReadonlySet<EventType> = new Set([
  'delivery.failed',
  'delivery.dead',
  'delivery.undelivered',
  'delivery.uncertain',
  'delivery.recovered',
]);

/** One line for every delivery that went wrong; all the others at level debug. No address, no content. */
export function logDeliveries(outbox: Outbox, log: Logger): () => void {
  return outbox.onCommit(({ events }) => {
    for (const { type, delivery, notification, channel, account, code } of events) {
      const fields = { notification, delivery, channel, account, code };
      if (amiss.has(type)) log.warn(type, fields);
      else log.debug(type, fields);
    }
  });
}
