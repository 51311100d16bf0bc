import {
  type AddressProblem,
  type Channel,
  type Clock,
  fail,
  type Logger,
  type OptOut,
  ok,
  type Problem,
  type Result,
  type Schema,
} from '@posthorn/core';
import { boundedLog } from './bounded-log.ts';
import { asPlugin, faultOf } from './fault-watch.ts';
import { plainContent } from './plain-content.ts';

const longest = { address: 10_000, code: 100, detail: 1_000, flow: 200 } as const;
const mostProblems = 100;
/** Of so short an address the mask may well contain it. */
const shortAddress = 4;

/**
 * A stranger's channel whose rules may do what they like: one that throws or answers nonsense is a problem of the request
 * that asked for it, said at its place, and a line in the log; a list of others' messages never breaks on it.
 */
export function guardedChannel(channel: Channel, logger: Logger, clock: Clock): Channel {
  const log = boundedLog(logger, channel.name, clock);
  const detail = `the channel "${channel.name}" failed at this, a fault of its own that is in the log of the gateway`;

  /** What a rule answers, or `otherwise` when it throws or its answer is not what `read` takes. */
  const rule = <Answer>(
    name: string,
    ask: () => unknown,
    read: (answer: unknown) => Answer,
    otherwise: Answer,
  ): Answer => {
    try {
      return read(asPlugin(channel.name, ask));
    } catch (error) {
      log.error('a rule of a plugin failed', { rule: name, ...faultOf(error) });
      return otherwise;
    }
  };

  const { codeContent, flowOf, fold, kindOf, measure, readReply, regionOf, optOutOf } = channel;
  const guarded: Partial<Channel> = {
    content: guardedSchema(channel.content, detail, rule),
    parseAddress: (text, hints) =>
      rule(
        'parseAddress',
        () => channel.parseAddress(text, hints),
        addressResult,
        fail({ code: 'channel_fault', detail }),
      ),
    maskAddress: (address) =>
      rule(
        'maskAddress',
        () => channel.maskAddress(address),
        (masked) => maskOf(masked, address),
        '***',
      ),
    render: (neutral, own) =>
      rule(
        'render',
        () => channel.render(neutral, own),
        renderResult,
        fail([{ pointer: '/content', code: 'channel_fault', detail }]),
      ),
    ...(flowOf && { flowOf: (address) => rule('flowOf', () => channel.flowOf?.(address), flowText, channel.name) }),
    // The dispatcher sends one by one what could not be said as one.
    ...(fold && {
      fold: (contents) => {
        // Copies: what a rule did to them before it failed must not be sent.
        const folded = rule('fold', () => channel.fold?.(contents.map(plainContent)), contentIn, null);
        if (folded === null) throw new Error('a plugin failed to fold');
        return folded;
      },
    }),
    ...(codeContent && {
      codeContent: (code) => rule('codeContent', () => channel.codeContent?.({ ...code }), codePart, {}),
    }),
    // An address of no kind goes through accounts alone that take all of them.
    ...(kindOf && { kindOf: (address) => rule('kindOf', () => channel.kindOf?.(address), flowText, '') }),
    ...(readReply && {
      readReply: (text) => rule('readReply', () => channel.readReply?.(text), wishOf, null),
    }),
    ...(measure && {
      measure: (content, address) =>
        rule('measure', () => channel.measure?.(content, address), costOf, { parts: 1, detail: 'not measured' }),
    }),
    ...(regionOf && { regionOf: (address) => rule('regionOf', () => channel.regionOf?.(address), regionText, null) }),
    ...(optOutOf && {
      optOutOf: (content, address) =>
        rule('optOutOf', () => channel.optOutOf?.(content, address), optOutResult, { kind: 'unknown', detail }),
    }),
  };
  return Object.assign(Object.create(channel) as Channel, guarded);
}

type Rule = <Answer>(name: string, ask: () => unknown, read: (answer: unknown) => Answer, otherwise: Answer) => Answer;

function guardedSchema(schema: Schema<unknown>, detail: string, rule: Rule): Channel['content'] {
  const standard = schema['~standard'];
  const refusal = { issues: [{ message: detail }] };
  type Said = ReturnType<typeof standard.validate>;
  const described = (name: 'input' | 'output') => (options: Parameters<typeof standard.jsonSchema.input>[0]) =>
    rule<Record<string, unknown>>(
      `JSON Schema of content`,
      () => standard.jsonSchema[name](options),
      (said) => plainContent(recordOf(said)) as Record<string, unknown>,
      { type: 'object', description: 'The schema of this plugin cannot describe itself as JSON Schema.' },
    );
  return {
    '~standard': {
      ...standard,
      validate: (value) =>
        rule<Awaited<Said>>(
          'content',
          () => standard.validate(value),
          (said) => validationOf(said) as Awaited<Said>,
          refusal,
        ),
      jsonSchema: { input: described('input'), output: described('output') },
    },
  } as Channel['content'];
}

function validationOf(said: unknown): object {
  if (said instanceof Promise) {
    said.catch(() => undefined);
    throw new TypeError('the schema is asynchronous');
  }
  const { issues, value } = recordOf(said);
  if (issues === undefined) return { value: plainContent(value) };
  if (!Array.isArray(issues) || issues.length === 0) throw new TypeError('issues must be a list');
  return {
    issues: issues
      .slice(0, mostProblems)
      .map((issue: unknown) => ({ ...recordOf(issue), message: textOf(recordOf(issue)['message'], longest.detail) })),
  };
}

function addressResult(answer: unknown): Result<string, AddressProblem> {
  const { ok: fine, value, failure } = recordOf(answer);
  if (fine !== true) return fail(problemOf(failure));
  if (typeof value !== 'string' || value === '' || value.length > longest.address) throw new TypeError('no address');
  return ok(value);
}

function renderResult(answer: unknown): Result<unknown, readonly Problem[]> {
  const { ok: fine, value, failure } = recordOf(answer);
  if (fine === true) return ok(plainContent(recordOf(value)));
  if (!Array.isArray(failure) || failure.length === 0) throw new TypeError('no problems');
  return fail(
    failure.slice(0, mostProblems).map((problem: unknown) => ({
      pointer: textOf(recordOf(problem)['pointer'], longest.detail),
      ...problemOf(problem),
    })),
  );
}

/** A content that could be sent: data, and neither a list nor a promise, which JSON would make an empty content of. */
function contentIn(folded: unknown): unknown {
  if (folded instanceof Promise) folded.catch(() => undefined);
  const content = plainContent(folded);
  if (Array.isArray(content) || typeof recordOf(folded)['then'] === 'function') throw new TypeError('no content');
  return recordOf(content);
}

function codePart(part: unknown): object {
  return contentIn(part) as object;
}

export function problemOf(value: unknown): AddressProblem {
  const { code, detail } = recordOf(value);
  return { code: textOf(code, longest.code), detail: textOf(detail, longest.detail) };
}

/** An address that comes back whole is not masked. */
function maskOf(masked: unknown, address: string): string {
  const text = textOf(masked, longest.flow);
  if (address.length > shortAddress && text.includes(address)) throw new TypeError('the mask hides nothing');
  return text;
}

function flowText(flow: unknown): string {
  return textOf(flow, longest.flow);
}

function wishOf(wish: unknown): ReturnType<NonNullable<Channel['readReply']>> {
  if (wish !== null && wish !== 'unsubscribe' && wish !== 'resubscribe') throw new TypeError('no wish');
  return wish;
}

function regionText(region: unknown): string | null {
  if (region === null || (typeof region === 'string' && /^[A-Z]{2}$/.test(region))) return region;
  throw new TypeError('no country');
}

function optOutResult(answer: unknown): OptOut {
  const { kind, detail } = recordOf(answer);
  if (kind === 'told' || kind === 'needless') return { kind };
  if (kind === 'missing' || kind === 'unknown') return { kind, detail: textOf(detail, longest.detail) };
  throw new TypeError('no word about opting out');
}

function costOf(cost: unknown) {
  const { parts, detail } = recordOf(cost);
  if (!Number.isSafeInteger(parts) || Number(parts) < 1) throw new TypeError('no number of parts');
  return { parts: Number(parts), detail: textOf(detail, longest.detail) };
}

function textOf(value: unknown, most: number): string {
  if (typeof value !== 'string') throw new TypeError('not a text');
  return value.slice(0, most);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError('not an object');
  return value as Readonly<Record<string, unknown>>;
}
