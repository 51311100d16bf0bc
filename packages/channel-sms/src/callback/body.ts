import type { CallbackRequest } from '@posthorn/core';

/** A vendor's list of a hundred reports is a few dozen kilobytes. */
const maxBytes = 1 << 20;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The body as text; null when it is not UTF-8, or longer than any vendor's. */
export function textOf({ body }: Pick<CallbackRequest, 'body'>): string | null {
  if (body.length > maxBytes) return null;
  try {
    return utf8.decode(body);
  } catch {
    return null;
  }
}

/** The JSON value that the body is; undefined when it is none. */
export function jsonOf(request: Pick<CallbackRequest, 'body'>): unknown {
  const text = textOf(request);
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** More fields than any vendor's form has, more than once over. */
const mostFields = 200;

/** The form that the body is; null when it is none. */
export function formOf(request: Pick<CallbackRequest, 'body'>): URLSearchParams | null {
  const text = textOf(request);
  if (text === null || !/^[\w.-]+=/.test(text) || text.split('&', mostFields + 1).length > mostFields) return null;
  return new URLSearchParams(text);
}
