import type { ReceiptNews } from './callback.ts';
import type { DeliveryStatus } from './delivery.ts';
import type { PostedEvent } from './events.ts';
import type { AttemptId, DeliveryId, NotificationId } from './ids.ts';
import type { Kind, NotificationStatus, Priority } from './notification.ts';
import type { AmissFilter, AttemptRecord, Lane, NewDelivery, NewNotification, SkippedStep } from './outbox.ts';
import type { Plan } from './plan.ts';
import type { InboxMessage } from './provider.ts';
import type { Limit, Limits } from './quota.ts';
import type { SuppressionReason } from './suppression.ts';

/** What readers may ask. Reading never waits for a commit. */
export interface Reader {
  notification(project: number, id: NotificationId): NotificationView | null;
  notifications(query: NotificationQuery): readonly NotificationSummary[];
  delivery(project: number, id: DeliveryId): DeliveryView | null;
  attempts(project: number, id: DeliveryId): readonly AttemptView[];
  /** What a delivery says, as it was rendered; undefined when there is no such delivery, or its content is not kept any more. */
  content(project: number, id: DeliveryId): unknown;
  /** What this request was told when it came with this idempotency key before; null when it never did. */
  answered(project: number, asked: NonNullable<NewNotification['idempotency']>): string | null;
  /** What a redrive with this filter would queue. */
  amiss(filter: AmissFilter, sample: number): AmissView;
  inbox(query: InboxQuery): readonly InboxView[];
  /** Whether any address was ever suppressed: while none was, nobody has to ask for one. */
  hasSuppressions(): boolean;
  /** Why an address must not get this; null when it may. What keeps it from everything comes first. */
  suppression(asked: SuppressionQuestion): SuppressionReason | null;
  /** Suppressions in force, newest first. */
  suppressions(query: SuppressionQuery): readonly SuppressionView[];
  /** The project of a notification; null when there is none. */
  ownerOf(notification: NotificationId): number | null;
  /** The address that a receipt of this account is about; null when nothing of the account is known by these ids. */
  addressOf(lane: Lane, named: Pick<ReceiptNews, 'delivery' | 'vendorId'>): string | null;
  /** How many deliveries are due and not leased, by lane. */
  backlog(): readonly { readonly lane: Lane; readonly queued: number }[];
  /** How full the limits are that deliveries would count against: one list for each delivery. Nothing is counted. */
  allowances(query: AllowanceQuery): readonly (readonly Allowance[])[];
}

export interface AllowanceQuery {
  readonly project: number;
  readonly kind: Kind;
  readonly deliveries: readonly NewDelivery[];
  readonly limits: Limits;
  readonly now: number;
}

/** One window of a limit. */
export interface Allowance {
  readonly per: Limit['per'];
  /** Null for the hour or the day of a budget. */
  readonly withinMs: number | null;
  readonly most: number;
  readonly used: number;
  /** When such a delivery may be sent again; null when it may now. */
  readonly opensAt: number | null;
}

export interface NotificationQuery {
  readonly project: number;
  readonly limit: number;
  /** Only notifications with a smaller sequence than this. */
  readonly before: number | null;
  readonly status?: NotificationStatus;
  readonly kind?: Kind;
  readonly channel?: string;
  /** In its normal form; matched exactly. */
  readonly address?: string;
  readonly tag?: string;
  readonly metadata?: readonly (readonly [key: string, value: string])[];
  /** Accepted at or after, and before. */
  readonly from?: number;
  readonly to?: number;
}

export interface NotificationSummary {
  /** Its place in the store: the cursor of a list. */
  readonly sequence: number;
  readonly id: NotificationId;
  readonly status: NotificationStatus;
  readonly kind: Kind;
  readonly priority: Priority;
  readonly createdAt: number;
  readonly dueAt: number | null;
  readonly expiresAt: number | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
}

export interface NotificationView extends NotificationSummary {
  readonly plan: Plan;
  readonly orderingKey: string | null;
  readonly skipped: readonly SkippedStep[];
  readonly deliveries: readonly DeliveryView[];
  readonly timeline: readonly PostedEvent[];
}

export interface DeliveryView {
  readonly id: DeliveryId;
  readonly notification: NotificationId;
  readonly step: number;
  readonly channel: string;
  readonly account: string;
  /** Null when it was erased. */
  readonly address: string | null;
  readonly status: DeliveryStatus;
  /** Why it is in this state, when something went wrong or was decided. */
  readonly code: string | null;
  readonly detail: string | null;
  readonly attempts: number;
  readonly vendorId: string | null;
  readonly parts: number | null;
  readonly createdAt: number;
  readonly nextAttemptAt: number | null;
  readonly sentAt: number | null;
  readonly finishedAt: number | null;
}

export interface SuppressionQuestion {
  readonly project: number;
  readonly channel: string;
  readonly address: string;
  readonly kind: Kind;
  readonly now: number;
}

export interface SuppressionQuery {
  readonly project: number;
  readonly limit: number;
  readonly before: number | null;
  readonly channel?: string;
  /** In the channel's normal form; only together with the channel. */
  readonly address?: string;
  readonly now: number;
}

export interface SuppressionView {
  /** Its place in the list: the cursor. */
  readonly sequence: number;
  readonly channel: string;
  /** What is shown of the address; null when nobody could say. */
  readonly masked: string | null;
  readonly kind: Kind | null;
  readonly reason: SuppressionReason;
  readonly detail: string | null;
  readonly at: number;
  readonly until: number | null;
}

export interface AmissView {
  readonly count: number;
  /** How many of them belong to notifications that reached their recipient by another delivery. */
  readonly reached: number;
  readonly sample: readonly DeliveryView[];
}

export interface AttemptView extends AttemptRecord {
  readonly id: AttemptId;
}

export interface InboxQuery {
  readonly project: number;
  readonly limit: number;
  readonly before: number | null;
  readonly channel?: string;
  readonly address?: string;
}

export interface InboxView extends Omit<InboxMessage, 'address'> {
  /** Null when it cannot be read any more. */
  readonly address: string | null;
  /** Its place in the inbox: the cursor of a list. */
  readonly sequence: number;
  readonly at: number;
}
