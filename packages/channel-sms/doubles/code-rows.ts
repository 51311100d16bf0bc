import type { Outcome } from '@posthorn/core';
import { type LogFields, silentLogger } from '@posthorn/core';
import { outcomeOfRefusal } from '../src/exchange/refusal.ts';
import type { CodeBook } from '../src/exchange/verdict.ts';

/** 13:30:40 in Beijing. */
const codesSeenAt = Date.parse('2026-11-23T05:30:40.000Z');

/** What a code comes to, and whether it was put down as unknown. */
export function outcomeOfCode(book: CodeBook, code: string, { status = 200, message = '', wait = '' } = {}) {
  const logged: (LogFields | undefined)[] = [];
  const log = { ...silentLogger, warn: (_message: string, fields?: LogFields) => void logged.push(fields) };
  const answer = { status, headers: wait === '' ? {} : { 'retry-after': wait }, text: '' };
  const context = { now: codesSeenAt, confidential: ['Li Lei'], log };
  const outcome: Outcome = outcomeOfRefusal(book, { code, message }, answer, context);
  return { outcome, logged };
}

/** A class of codes as `[codes, outcome]`, one row a code: the vendor's table written down a second time. */
export function codeRows(classes: readonly (readonly [codes: string, outcome: object])[]) {
  return classes.flatMap(([codes, outcome]) =>
    codes
      .trim()
      .split(/\s+/)
      .map((code) => ({ code, outcome })),
  );
}
