import { type Problem, pointerOf } from '@posthorn/core';
import type { Context } from 'hono';
import { bodyRoom, smallBody } from './body-room.ts';
import { incomingOf } from './incoming.ts';
import { refuseWhenLate } from './overload.ts';
import { HttpProblem, invalidRequest, mostErrors } from './problems.ts';

/** Deeper documents are refused: some library always recurses. */
const deepest = 32;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a JSON body of at most `limit` bytes. What parsers let through and stores or hashes would change is refused here
 * for the whole program: invalid UTF-8, lone surrogates, NUL, numbers beyond the finite, bottomless nesting, `__proto__`.
 * Of a repeated key the last one counts, as RFC 8259 lets parsers do.
 */
export async function readJson(context: Context, limit: number): Promise<unknown> {
  checkMediaType(context);
  const bytes = await readBytes(context, limit);
  let text: string;
  let value: unknown;
  try {
    text = decoder.decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof SyntaxError ? 'the body is not valid JSON' : 'the body is not valid UTF-8';
    throw new HttpProblem('invalid_json', detail);
  }
  const search: Search = { escapes: text.includes('\\u'), problems: [] };
  inspect(value, [], search);
  if (search.problems.length > 0) throw invalidRequest(search.problems);
  return value;
}

function checkMediaType(context: Context): void {
  const [type, ...parameters] = (context.req.header('content-type') ?? '').toLowerCase().split(';');
  const charset = parameters.map((part) => part.trim()).find((part) => part.startsWith('charset='));
  const foreign = charset !== undefined && !/^charset="?utf-8"?$/.test(charset);
  if (type?.trim() !== 'application/json' || foreign) {
    throw new HttpProblem('unsupported_media_type', 'send the body as application/json in UTF-8');
  }
  if (context.req.header('content-encoding') !== undefined) {
    throw new HttpProblem('unsupported_media_type', 'send the body without Content-Encoding');
  }
}

/** A body of at most `limit` bytes, whatever it says that it is. */
export async function readBytes(context: Context, limit: number): Promise<Uint8Array | ArrayBuffer> {
  const declared = checkLength(context, limit);
  try {
    const isSmall = declared !== undefined && Number(declared) <= smallBody;
    const whole = isSmall ? await context.req.arrayBuffer() : await readParts(context, limit);
    // What it asks for is still to be done: of many bodies that are whole in one turn the last have waited for all others.
    refuseWhenLate();
    return whole;
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
    // Nobody reads this answer: the caller hung up, or was cut off, before the body was whole.
    throw new HttpProblem('invalid_json', 'the body ended before it was whole');
  }
}

/** Refuses a body by its Content-Length, before any of it is read; returns what stands there. */
export function checkLength(context: Context, limit: number): string | undefined {
  const declared = incomingOf(context)?.headers['content-length'] ?? context.req.header('content-length');
  if (declared !== undefined && Number(declared) > limit) throw tooLarge(limit);
  return declared;
}

/** From Node's own stream where there is one: the detour by a web stream holds more of the body than is asked for. */
async function readParts(context: Context, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const room = bodyRoom();
  let length = 0;
  try {
    const incoming = incomingOf(context)?.iterator({ destroyOnReturn: false });
    for await (const part of incoming ?? context.req.raw.body ?? []) {
      length += part.byteLength;
      if (length > limit) throw tooLarge(limit);
      room.hold(length);
      parts.push(part);
    }
    return Buffer.concat(parts);
  } finally {
    room.leave();
  }
}

/** The server reads on for a moment and closes then, so that a caller who is still sending gets to see the answer. */
function tooLarge(limit: number): HttpProblem {
  return new HttpProblem('payload_too_large', `the body may have at most ${limit} bytes`);
}

interface Search {
  /** Only an escape can bring a NUL or half a surrogate pair: JSON has no bare control characters, UTF-8 no surrogates. */
  readonly escapes: boolean;
  readonly problems: Problem[];
}

/** `path` is one array for the whole walk: a body of a million members must not cost a million paths. */
function inspect(value: unknown, path: PropertyKey[], search: Search): void {
  const { escapes, problems } = search;
  if (problems.length >= mostErrors) return;
  if (typeof value === 'string' && escapes) inspectText(value, path, problems);
  if (typeof value === 'number' && !Number.isFinite(value))
    refuse(path, 'not_finite', 'the number is too large', problems);
  if (typeof value !== 'object' || value === null) return;
  if (path.length >= deepest) {
    refuse(path, 'too_deep', `nesting deeper than ${deepest} levels is refused`, problems);
    return;
  }
  if (Array.isArray(value)) {
    for (let place = 0; place < value.length; place++) {
      path.push(place);
      inspect(value[place], path, search);
      path.pop();
    }
    return;
  }
  for (const key of Object.keys(value)) {
    if (escapes) inspectText(key, path, problems);
    path.push(key);
    if (key === '__proto__') refuse(path, 'unknown_field', 'this name is refused', problems);
    inspect((value as Record<string, unknown>)[key], path, search);
    path.pop();
  }
}

function inspectText(text: string, path: readonly PropertyKey[], problems: Problem[]): void {
  if (text.includes('\0')) refuse(path, 'nul', 'a NUL character is refused', problems);
  if (!text.isWellFormed()) refuse(path, 'lone_surrogate', 'the text has half of a surrogate pair', problems);
}

function refuse(path: readonly PropertyKey[], code: string, detail: string, problems: Problem[]): void {
  problems.push({ pointer: pointerOf(path), code, detail });
}
