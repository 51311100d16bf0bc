import type { DeliveryStatus } from './delivery.ts';
import type { DeliveryId, NotificationId } from './ids.ts';
import type { NotificationStatus } from './notification.ts';

/** What can happen, as the timeline, the event feed and the metrics name it. The order is that of the store's numbers. */
export const eventTypes = [
  'notification.accepted',
  'notification.canceled',
  'delivery.started',
  'delivery.sent',
  'delivery.retrying',
  'delivery.parked',
  'delivery.rerouted',
  'delivery.delivered',
  'delivery.undelivered',
  'delivery.failed',
  'delivery.dead',
  'delivery.expired',
  'delivery.canceled',
  'delivery.uncertain',
  'delivery.skipped',
  'delivery.recovered',
  'delivery.requeued',
  /** An attempt ended when the delivery had gone on without it: it changed nothing. */
  'delivery.attempted',
  /** It waits for its recipient's window to open. */
  'delivery.scheduled',
  /** The code that it carried was approved. */
  'notification.verified',
  /** Fewer codes were verified than is usual: of an account, or of numbers that begin alike. The notification is the one that showed it. */
  'account.conversion_dropped',
] as const;
export type EventType = (typeof eventTypes)[number];

/** One thing that happened, durable since the commit that brought it about. */
export interface PostedEvent {
  /** Its place in the store's feed; with `at` it makes its id. */
  readonly sequence: number;
  readonly type: EventType;
  readonly at: number;
  readonly project: number;
  readonly notification: NotificationId;
  readonly delivery: DeliveryId | null;
  readonly channel: string | null;
  readonly account: string | null;
  readonly code: string | null;
  readonly detail: string | null;
  /** When the delivery will be tried again. */
  readonly nextAttemptAt: number | null;
  /** The notification's status since this event; null when the event did not change it. */
  readonly status: NotificationStatus | null;
}

/** The event that tells a delivery's new status. */
export function eventOf(status: DeliveryStatus): EventType {
  switch (status) {
    case 'waiting':
    case 'queued':
    case 'blocked':
    case 'sending':
      return 'delivery.started';
    default:
      return `delivery.${status}`;
  }
}
