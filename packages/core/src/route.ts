import type { NotificationId } from './ids.ts';
import type { Kind } from './notification.ts';

/** The accounts of a channel in the order they are tried, or with weights that share the first try between them. */
export type AccountOrder = readonly string[] | { readonly weighted: Readonly<Record<string, number>> };

/** A channel's route: per kind of notification, else the default. */
export interface Route {
  readonly default: AccountOrder;
  readonly otp?: AccountOrder;
  readonly transactional?: AccountOrder;
  readonly marketing?: AccountOrder;
}

/** The accounts that may carry a delivery, each once, first choice first. `chosen` are the step's own accounts and win over the route. */
export function accountsFor(
  route: Route,
  kind: Kind,
  chosen: readonly string[] | null,
  random: () => number,
): readonly string[] {
  const order = chosen ?? route[kind] ?? route.default;
  return 'weighted' in order ? weightedOrder(order.weighted, random) : [...new Set(order)];
}

/**
 * Chance for a notification's draw of a weighted route: the same numbers whenever it is asked for again, so that a later
 * attempt goes on in the order in which the first one began.
 */
export function drawOf(notification: NotificationId): () => number {
  let state: number | null = null;
  // mulberry32: 32 bits of state, and neighbouring seeds have nothing in common.
  return () => {
    state = ((state ?? seedOf(notification)) + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a. */
function seedOf(notification: NotificationId): number {
  let seed = 0x811c9dc5;
  for (let place = 0; place < notification.length; place++)
    seed = Math.imul(seed ^ notification.charCodeAt(place), 0x01000193);
  return seed;
}

/** The account to try after `current` without a wait; null when it was the last, or is not of this order. */
export function accountAfter(order: readonly string[], current: string): string | null {
  const place = order.indexOf(current);
  return place === -1 ? null : (order[place + 1] ?? null);
}

/** Draws accounts without putting back: each is first as often as its weight says. */
function weightedOrder(weights: Readonly<Record<string, number>>, random: () => number): readonly string[] {
  const left = Object.entries(weights).filter(([, weight]) => weight > 0);
  const order: string[] = [];
  while (left.length > 0) {
    let point = random() * left.reduce((sum, [, weight]) => sum + weight, 0);
    const drawn = left.findIndex(([, weight]) => {
      point -= weight;
      return point < 0;
    });
    const [entry] = left.splice(drawn === -1 ? left.length - 1 : drawn, 1);
    if (entry) order.push(entry[0]);
  }
  return order;
}
