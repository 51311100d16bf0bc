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

/** The accounts that may carry a delivery, first choice first. `chosen` are the step's own accounts and win over the route. */
export function accountsFor(
  route: Route,
  kind: Kind,
  chosen: readonly string[] | null,
  random: () => number,
): readonly string[] {
  if (chosen !== null) return chosen;
  const order = route[kind] ?? route.default;
  return 'weighted' in order ? weightedOrder(order.weighted, random) : order;
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
