import { type AccountOrder, kinds, type Route } from '@posthorn/core';
import type { Path, Report } from '../problems/problem.ts';
import { suggestion } from '../problems/suggestion.ts';
import { type RouteSettings, route as routeSchema } from '../schema.ts';

/** An account as a route sees it; `weight` is null when the file gives none. */
export interface RoutedAccount {
  readonly name: string;
  readonly weight: number | null;
}

/**
 * The route of a channel. Without one all accounts are tried in the order of the file, or, as soon as one of them has a
 * `weight`, share the first tries by their weights.
 */
export function readRoute(given: unknown, path: Path, accounts: readonly RoutedAccount[], report: Report): Route {
  const parsed = routeSchema.safeParse(given ?? {});
  // What is wrong with its shape has been said by the check of the whole file.
  const stated: RouteSettings = parsed.success ? parsed.data : {};
  const names = accounts.map((account) => account.name);
  const orders: Partial<Record<keyof Route, AccountOrder>> = {};
  for (const key of ['default', ...kinds] as const) {
    const order = stated[key];
    if (order === undefined) continue;
    checkNames(order, [...path, key], names, report);
    orders[key] = frozen(order);
  }
  return Object.freeze({ default: defaultOrder(accounts), ...orders });
}

/** Says which weights nobody looks at, because the route decides. */
export function warnOfIdleWeights(
  given: unknown,
  channelPath: Path,
  accounts: readonly RoutedAccount[],
  report: Report,
): void {
  const parsed = routeSchema.safeParse(given ?? {});
  if (!parsed.success || parsed.data.default === undefined) return;
  for (const account of accounts.filter((each) => each.weight !== null)) {
    const detail = 'has no effect: route.default of the channel decides; put the weight there, under "weighted"';
    report.warning([...channelPath, 'accounts', account.name, 'weight'], detail);
  }
}

function checkNames(order: AccountOrder, path: Path, names: readonly string[], report: Report): void {
  const weighted = 'weighted' in order;
  const used = weighted ? Object.keys(order.weighted) : order;
  if (used.length === 0) report.problem(path, 'must name at least one account');
  for (const [index, name] of used.entries()) {
    const place = weighted ? [...path, 'weighted', name] : [...path, index];
    if (!names.includes(name)) {
      report.problem(place, `the channel has no account "${name}"${suggestion(name, names)}`);
    } else if (used.indexOf(name) !== index) {
      report.problem(place, `the account "${name}" stands here twice`);
    }
  }
}

function defaultOrder(accounts: readonly RoutedAccount[]): AccountOrder {
  if (accounts.every((account) => account.weight === null)) return frozen(accounts.map(({ name }) => name));
  const weights = accounts.map(({ name, weight }) => [name, weight ?? 1] as const);
  return frozen({ weighted: Object.fromEntries(weights) });
}

function frozen(order: AccountOrder): AccountOrder {
  if ('weighted' in order) Object.freeze(order.weighted);
  return Object.freeze(order);
}
