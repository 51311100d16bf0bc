import assert from 'node:assert/strict';
import type { Outcome } from '@posthorn/core';

/** The gateway cuts what is longer, and a cut sentence helps nobody. */
const longest = { code: 100, detail: 300, vendorId: 300 } as const;
const kinds: ReadonlySet<unknown> = new Set(['accepted', 'refused', 'deferred', 'misconfigured', 'uncertain']);

/** Fails unless a provider's answer is an outcome in every field: the gateway puts the others right, and cannot know what was meant. */
export function assertOutcome(outcome: Outcome): void {
  assert.ok(kinds.has(outcome.kind), `"${outcome.kind}" is no kind of outcome`);
  if (outcome.kind === 'accepted') {
    const { vendorId, parts = 1 } = outcome;
    assert.ok(vendorId === null || isText(vendorId, longest.vendorId), 'vendorId is a text or null');
    assert.ok(Number.isSafeInteger(parts) && parts > 0, `${parts} billed parts`);
    return;
  }
  assert.ok(isText(outcome.code, longest.code), `a code is a text of 1 to ${longest.code} characters`);
  assert.ok(isText(outcome.detail, longest.detail), `a detail is a text of 1 to ${longest.detail} characters`);
  if (outcome.kind === 'refused') {
    const { because, suppress } = outcome;
    assert.ok(['address', 'content', 'blocked'].includes(because), `refused because of "${because}"`);
    assert.ok(suppress === undefined || ['hard', 'soft'].includes(suppress), `suppress: "${suppress}"`);
  }
  if (outcome.kind === 'deferred') {
    const { scope, retryAfterMs } = outcome;
    assert.ok(['delivery', 'address', 'account'].includes(scope), `"${scope}" is no scope`);
    assert.ok(
      retryAfterMs === null || (Number.isFinite(retryAfterMs) && retryAfterMs >= 0),
      `retryAfterMs is ${retryAfterMs}: milliseconds, or null`,
    );
  }
}

function isText(value: unknown, most: number): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= most;
}
