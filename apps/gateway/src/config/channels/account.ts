import { jsonSchemaOf, type Problem, type ProviderKind, validate } from '@posthorn/core';
import type { AccountConfig } from '../config.ts';
import { plain, unknownKey } from '../problems/issue.ts';
import { nestedKeys } from '../problems/known-keys.ts';
import { isWithin, type Path, type Report } from '../problems/problem.ts';
import { suggestion } from '../problems/suggestion.ts';
import type { Referenced } from '../references.ts';
import { type AccountSettings, accountSettings, type SharedSettings } from '../schema.ts';
import { secret } from '../secret.ts';
import { type Hidden, maskSettings, maskText } from './mask.ts';

const defaults = { timeoutMs: 15_000, concurrency: 32 } as const;

/** One account of the file, before it is read. */
export interface AccountBlock {
  readonly channel: string;
  readonly name: string;
  readonly path: Path;
  /** Null when it is no block at all, which the check of the whole file has said. */
  readonly given: Readonly<Record<string, unknown>> | null;
  /** The channel's settings for all of its accounts. */
  readonly shared: SharedSettings;
  readonly references: readonly Referenced[];
}

/** Reads an account; null when it has no provider. Its common settings have been checked with the whole file. */
export function readAccount(block: AccountBlock, kinds: readonly ProviderKind[], report: Report): AccountConfig | null {
  const { given } = block;
  const kind = given && kindOf(block, given['use'], kinds, report);
  if (!kind) return null;
  const common = commonSettings(given);
  const own = Object.fromEntries(Object.entries(given).filter(([key]) => !Object.hasOwn(accountSettings.shape, key)));
  const hidden = hiddenOf(kind, own, block, report);
  const settings = readSettings(kind, own, block.path, hidden, report);
  const rate = common.rate ?? block.shared.rate;
  const shown = {
    ...(common.endpoint && { endpoint: maskText(common.endpoint.href, hidden.values) }),
    ...(maskSettings(settings, hidden) as object | null),
  };
  return Object.freeze({
    name: block.name,
    lane: `${block.channel}/${block.name}`,
    kind,
    settings: secret(settings),
    endpoint: common.endpoint ?? null,
    timeoutMs: common.timeout ?? block.shared.timeout ?? defaults.timeoutMs,
    concurrency: common.concurrency ?? block.shared.concurrency ?? defaults.concurrency,
    ratePerSecond: rate ? (rate.count * 1_000) / rate.perMs : null,
    weight: common.weight ?? 1,
    onUncertain: common.onUncertain ?? block.shared.onUncertain ?? kind.onUncertain,
    shown: Object.freeze(shown),
  });
}

/** Where every account names its provider; a channel with one vendor has nothing to name. */
function kindOf(
  block: AccountBlock,
  use: unknown,
  kinds: readonly ProviderKind[],
  report: Report,
): ProviderKind | null {
  const names = kinds.map((kind) => kind.name);
  if (typeof use === 'string') {
    const kind = kinds.find((each) => each.name === use);
    if (kind) return kind;
    report.problem([...block.path, 'use'], `${block.channel} has no provider "${use}"${suggestion(use, names)}`);
    return null;
  }
  const [only, second] = kinds.filter((kind) => kind.name !== 'sandbox');
  if (only && !second && use === undefined) return only;
  if (use === undefined) report.problem(block.path, `must name its provider: add use: with one of ${names.join(', ')}`);
  return null;
}

/** Keys that are wrong have been reported with the whole file; the others still count here. */
function commonSettings(given: object): AccountSettings {
  const parsed = accountSettings.safeParse(given);
  return parsed.success ? parsed.data : {};
}

function readSettings(kind: ProviderKind, own: object, path: Path, hidden: Hidden, report: Report): unknown {
  try {
    const settings = validate(kind.settings, own);
    if (settings.ok) return settings.value;
    for (const problem of settings.failure) sayProblem(problem, kind, path, hidden, report);
  } catch (error) {
    const cause = maskText(error instanceof Error ? error.message : 'no reason given', hidden.values);
    report.problem(path, `the provider "${kind.name}" failed to check these settings, a fault of its own: ${cause}`);
  }
  return null;
}

function sayProblem(problem: Problem, kind: ProviderKind, path: Path, hidden: Hidden, report: Report): void {
  const inner = pathOf(problem.pointer);
  const place = [...path, ...inner];
  if (problem.code === 'unknown_field') {
    const common = inner.length === 1 ? Object.keys(accountSettings.shape) : [];
    report.problem(place, unknownKey(place, [...settingKeys(kind, inner.slice(0, -1)), ...common]).detail);
  } else {
    report.problem(place, maskText(plain(problem.detail), hidden.values));
  }
}

/** For a suggestion only: a schema that cannot say itself as JSON Schema costs the suggestion, not the start. */
function settingKeys(kind: ProviderKind, path: Path): readonly string[] {
  try {
    return nestedKeys(jsonSchemaOf(kind.settings), path);
  } catch {
    return [];
  }
}

/** What must not be shown, and a warning for each secret that stands in the file itself. */
function hiddenOf(kind: ProviderKind, own: unknown, block: AccountBlock, report: Report): Hidden {
  const within = block.references.filter((reference) => isWithin(reference.path, block.path));
  const referenced = within.map((reference) => reference.path.slice(block.path.length));
  const secrets = kind.secrets.map((name) => name.split('.')).filter((path) => valueAt(own, path) !== undefined);
  for (const path of secrets) {
    if (referenced.some((each) => isWithin(each, path) || isWithin(path, each))) continue;
    const cure = 'stands in the file itself: use {env: NAME} or {file: path} to keep it out';
    report.warning([...block.path, ...path], `this secret ${cure}`);
  }
  // Of a block of secrets (a DKIM key with its domain) only the place counts: its harmless parts stand elsewhere as well.
  const literals = secrets.map((path) => valueAt(own, path)).filter((value) => typeof value === 'string');
  const values = [...within.map((reference) => reference.value), ...literals];
  return { paths: [...secrets, ...referenced], values };
}

function valueAt(node: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined),
    node,
  );
}

/** The keys of an RFC 6901 pointer. */
function pathOf(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key.replaceAll('~1', '/').replaceAll('~0', '~')));
}
