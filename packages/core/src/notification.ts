/** Most urgent first: the order in which an account's waiting deliveries leave. */
export const priorities = ['critical', 'high', 'normal', 'bulk'] as const;
export type Priority = (typeof priorities)[number];

/** What a notification is for. Opt-out, quiet hours and sending windows apply to marketing. */
export const kinds = ['otp', 'transactional', 'marketing'] as const;
export type Kind = (typeof kinds)[number];

/** `fallback`: one step after the other until one succeeds. `broadcast`: all steps at once. */
export const strategies = ['fallback', 'broadcast'] as const;
export type Strategy = (typeof strategies)[number];

/** What happens after an attempt whose outcome is unknown: try again, or never risk a second copy. */
export const guarantees = ['at-least-once', 'at-most-once'] as const;
export type Guarantee = (typeof guarantees)[number];

/** Derived from the notification's deliveries; the order is that of the store's numbers. */
export const notificationStatuses = [
  'accepted',
  'scheduled',
  'sending',
  'sent',
  'delivered',
  'failed',
  'expired',
  'canceled',
  'uncertain',
] as const;
export type NotificationStatus = (typeof notificationStatuses)[number];
