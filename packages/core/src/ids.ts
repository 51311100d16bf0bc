import { randomFillSync, randomUUIDv7 } from 'node:crypto';

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type NotificationId = Id<'notification'>;
export type DeliveryId = Id<'delivery'>;
export type AttemptId = Id<'attempt'>;
export type EventId = Id<'event'>;
export type ProjectId = Id<'project'>;
export type KeyId = Id<'key'>;
export type CodeId = Id<'code'>;

/**
 * Every id is `prefix_` and an RFC 9562 UUIDv7. A notification is the head of a family: its deliveries and their attempts
 * have the same UUID but for the last 24 bits, which count them. So one stored UUID names them all, no second index is
 * kept, and an operator sees at a glance which ids belong together.
 *
 *   tttttttt-tttt-7ccc-vrrr-rrrrrrdddaaa   t: ms, c: counter within it, v+r: variant and random, d: delivery, a: attempt
 */
const prefixes = {
  notification: 'ntf_',
  delivery: 'dlv_',
  attempt: 'att_',
  event: 'evt_',
  project: 'prj_',
  key: 'key_',
  code: 'otp_',
} as const;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const familyEnd = -6;
/** Deliveries of one notification, and attempts of one delivery: what three hexadecimal digits can count. */
export const maxFamilyOrdinal = 0xfff;

/** Places count from here, so that they stay below 2^53 until the year 2094. */
const firstMs = Date.UTC(2025, 0, 1);
const placesPerMs = 0x1000;

export interface IdMint {
  /**
   * The id of a new notification with so many deliveries. Ids of one mint sort in the order they were made, also within a
   * millisecond, and their places leave room for the deliveries.
   */
  notification(now: number, deliveries?: number): NotificationId;
}

export interface MintOptions {
  /** The first place that is free. */
  readonly firstPlace?: number;
  /** Puts random bytes into a buffer; given so that a simulation can be repeated. */
  readonly fill?: (bytes: Uint8Array) => void;
}

export function idMint({ firstPlace = Number.NEGATIVE_INFINITY, fill = randomFillSync }: MintOptions = {}): IdMint {
  const pool = Buffer.alloc(4_096);
  let used = pool.length;
  let free = firstPlace;
  return {
    notification(now, deliveries = 1) {
      const place = Math.max(free, (now - firstMs) * placesPerMs);
      free = place + deliveries;
      if (used + 5 > pool.length) {
        fill(pool);
        used = 0;
      }
      // The two highest bits are the variant of RFC 9562.
      const salt = (((pool[used] as number) & 0x3f) | 0x80) * 2 ** 32 + pool.readUInt32BE(used + 1);
      used += 5;
      return notificationIdAt(place, salt);
    },
  };
}

/**
 * The place of a notification on a line that all ids of one mint share: its time and counter as one safe integer. The
 * places behind it are those of its deliveries: the first has the notification's own.
 */
export function placeOf(id: NotificationId | DeliveryId): number {
  const ms = Number.parseInt(id.slice(4, 12) + id.slice(13, 17), 16) - firstMs;
  return ms * placesPerMs + Number.parseInt(id.slice(19, 22), 16);
}

/** The random part of a notification's id: what makes it more than its place. 40 bits. */
export function saltOf(id: NotificationId | DeliveryId): number {
  return Number.parseInt(id.slice(23, 27) + id.slice(28, 34), 16);
}

/** The id that has this place and this salt. */
export function notificationIdAt(place: number, salt: number): NotificationId {
  const ms = Math.floor(place / placesPerMs);
  const at = ms + firstMs;
  // Beyond 32 bits a number is written digit by digit by division: two halves are several times as fast.
  const time = hex(Math.floor(at / 0x10000), 8);
  const rest = hex(salt % 0x1000000, 6);
  const head = hex(Math.floor(salt / 0x1000000), 4);
  return `ntf_${time}-${hex(at % 0x10000, 4)}-7${hex(place - ms * placesPerMs, 3)}-${head}-${rest}000000` as NotificationId;
}

/** The id of the `ordinal`th delivery (from 1) of a notification. */
export function deliveryId(notification: NotificationId, ordinal: number): DeliveryId {
  return `dlv_${notification.slice(4, familyEnd)}${hex3(ordinal)}000` as DeliveryId;
}

/** The id of the `ordinal`th attempt (from 1) of a delivery. */
export function attemptId(delivery: DeliveryId, ordinal: number): AttemptId {
  return `att_${delivery.slice(4, -3)}${hex3(ordinal)}` as AttemptId;
}

/** The id of a one-time code whose first message this is: it stays the same when the code is sent again. */
export function codeId(notification: NotificationId): CodeId {
  return `otp_${notification.slice(4)}` as CodeId;
}

/** The first message of a code. */
export function firstMessageOf(id: CodeId): NotificationId {
  return `ntf_${id.slice(4)}` as NotificationId;
}

/** The id of the event with this place in the store's feed. It sorts as the feed does. */
export function eventId(at: number, sequence: number): EventId {
  return `${prefixes.event}${uuidAt(at, sequence)}` as EventId;
}

/** The id of the line with this place in the audit log. */
export function auditId(at: number, sequence: number): string {
  return `aud_${uuidAt(at, sequence)}`;
}

/** A UUIDv7 with a place of our own instead of chance. */
function uuidAt(at: number, sequence: number): string {
  const time = at.toString(16).padStart(12, '0');
  const place = sequence.toString(16).padStart(15, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8${place.slice(0, 3)}-${place.slice(3)}`;
}

/** The id of a new project or key. */
export function newProjectId(): ProjectId {
  return `${prefixes.project}${randomUUIDv7()}` as ProjectId;
}

export function newKeyId(): KeyId {
  return `${prefixes.key}${randomUUIDv7()}` as KeyId;
}

/** Splits a delivery's id into its notification and its ordinal. */
export function deliveryFamily(id: DeliveryId): { readonly notification: NotificationId; readonly ordinal: number } {
  return {
    notification: `ntf_${id.slice(4, familyEnd)}000000` as NotificationId,
    ordinal: Number.parseInt(id.slice(familyEnd, -3), 16),
  };
}

export function isNotificationId(text: string): text is NotificationId {
  return isId(prefixes.notification, text) && text.endsWith('000000');
}

export function isDeliveryId(text: string): text is DeliveryId {
  return isId(prefixes.delivery, text) && text.endsWith('000');
}

export function isProjectId(text: string): text is ProjectId {
  return isId(prefixes.project, text);
}

export function isKeyId(text: string): text is KeyId {
  return isId(prefixes.key, text);
}

export function isCodeId(text: string): text is CodeId {
  return isId(prefixes.code, text) && text.endsWith('000000');
}

/** The 32 hexadecimal digits of an id, without prefix and dashes. */
export function idDigits(id: string): string {
  return id.slice(4).replaceAll('-', '');
}

function isId(prefix: string, text: string): boolean {
  return text.startsWith(prefix) && uuid.test(text.slice(prefix.length));
}

function hex3(value: number): string {
  if (value > maxFamilyOrdinal) throw new RangeError(`an id family counts to ${maxFamilyOrdinal}, not ${value}`);
  return hex(value, 3);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
