import { describe, expect, it } from 'vitest';
import { codeRows, outcomeOfCode } from '../../../doubles/code-rows.ts';
import { twilioCodes } from './twilio-codes.ts';

const rows = codeRows([
  ['21211 21214 21217 21401 21614 30006', { kind: 'refused', because: 'address', suppress: 'hard' }],
  ['21610 30004', { kind: 'refused', because: 'blocked', suppress: 'hard' }],
  ['30003 30005 30008', { kind: 'refused', because: 'address', suppress: 'soft' }],
  ['21408 21608', { kind: 'refused', because: 'address' }],
  ['30450 30453', { kind: 'refused', because: 'blocked' }],
  ['21602 21609 21612 21617 21619 30007 30036', { kind: 'refused', because: 'content' }],
  ['20003 20005 20404 30002 21701 21703 21704 63038 21603 21606', { kind: 'misconfigured' }],
  ['20429 20503 21611 30001', { kind: 'deferred', scope: 'account' }],
  ['30017 30410', { kind: 'deferred', scope: 'delivery' }],
  ['20500', { kind: 'uncertain' }],
]);

describe('the codes of twilio', () => {
  it('are covered by these rows, each once', () => {
    expect(rows.map(({ code }) => code).toSorted()).toEqual(Object.keys(twilioCodes.verdicts).toSorted());
  });

  it.each(rows)('$code', ({ code, outcome }) => {
    const { outcome: result, logged } = outcomeOfCode(twilioCodes, code, { status: 400 });
    expect(result).toMatchObject({ ...outcome, code });
    expect('suppress' in result).toBe('suppress' in outcome);
    expect(logged).toEqual([]);
  });

  it.each([
    [400, { kind: 'refused', because: 'content' }],
    [401, { kind: 'misconfigured' }],
    [403, { kind: 'misconfigured' }],
    [429, { kind: 'deferred', scope: 'account' }],
    [500, { kind: 'uncertain' }],
    [503, { kind: 'uncertain' }],
  ])('not on the list, with status %i, are told by it and logged', (status, expected) => {
    const { outcome, logged } = outcomeOfCode(twilioCodes, '29999', { status });
    expect(outcome).toMatchObject({ ...expected, code: '29999' });
    expect(logged).toHaveLength(1);
  });

  it.each(['', '0', '482913', '-2121', '2121.5'])('have none like %j', (code) => {
    expect(outcomeOfCode(twilioCodes, code).outcome).toMatchObject({ kind: 'uncertain', code: 'unreadable_answer' });
  });

  it('wait as long as Retry-After asks', () => {
    expect(outcomeOfCode(twilioCodes, '20429', { status: 429, wait: '3' }).outcome).toMatchObject({
      retryAfterMs: 3_000,
    });
  });
});
