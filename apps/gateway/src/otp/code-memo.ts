import { type DeliveryView, isOpen, type NotificationView, type SourceNetwork } from '@posthorn/core';

/** What has to be known of a code to send it again; the store of codes keeps it. There is nothing secret in it. */
export interface CodeMemo {
  readonly handles: readonly string[];
  readonly persons: readonly string[];
  readonly length: number;
  readonly ttlMs: number;
  readonly locale: string | null;
  /** The network of whoever asked for it, which limits count; null when nobody said. */
  readonly source: SourceNetwork | null;
  /** The step of the first message's plan that the current message begins with. */
  readonly step: number;
}

/**
 * The step of the first message's plan with which a code is sent again: the one after that which the current message has
 * come to, and after the last one the first. Steps that reached nobody from the start are passed over.
 */
export function nextStep(first: NotificationView, current: NotificationView, { step }: CodeMemo): number {
  const reached = step + Math.max(0, ...current.deliveries.filter(hasBegun).map((delivery) => delivery.step));
  const steps = first.deliveries.map((delivery) => delivery.step);
  const later = steps.filter((one) => one > reached);
  return Math.min(...(later.length > 0 ? later : steps));
}

function hasBegun({ status, attempts }: DeliveryView): boolean {
  return attempts > 0 || (isOpen(status) && status !== 'waiting');
}
