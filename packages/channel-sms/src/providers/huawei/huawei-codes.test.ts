import { describe, expect, it } from 'vitest';
import { codeRows, outcomeOfCode } from '../../../doubles/code-rows.ts';
import { huaweiCodes, huaweiNumberCodes } from './huawei-codes.ts';

const rows = codeRows([
  ['E000000 E000503 E000510 E200018 E200028 E200029 E200030 E200031 E200033', { kind: 'refused', because: 'content' }],
  [
    `E000001 E000002 E000003 E000004 E000005 E000006 E000007 E000008 E000009 E000010 E000011 E000012 E000013 E000014
     E000015 E000016 E000017 E000018 E000019 E000020 E000021 E000022 E000023 E000024 E000025 E000026
     E000101 E000102 E000103 E000104 E000105 E000106 E000107 E000108 E000109 E000110 E000111 E000112
     E000620 E000623 E000630`,
    { kind: 'misconfigured' },
  ],
  ['E200015', { kind: 'deferred', scope: 'account', retryAfterMs: 600_000 }],
  ['E200041', { kind: 'uncertain' }],
]);

describe('the codes of huawei', () => {
  it('are covered by these rows, each once', () => {
    expect(rows.map(({ code }) => code).toSorted()).toEqual(Object.keys(huaweiCodes.verdicts).toSorted());
  });

  it.each(rows)('$code', ({ code, outcome }) => {
    const { outcome: result, logged } = outcomeOfCode(huaweiCodes, code);
    expect(result).toMatchObject({ ...outcome, code });
    expect(logged).toEqual([]);
  });

  it('mean the same of one number, but for its format', () => {
    const differing = rows.filter(
      ({ code }) =>
        JSON.stringify(outcomeOfCode(huaweiCodes, code)) !== JSON.stringify(outcomeOfCode(huaweiNumberCodes, code)),
    );
    expect(differing.map(({ code }) => code)).toEqual(['E000503']);
    expect(outcomeOfCode(huaweiNumberCodes, 'E000503').outcome).toMatchObject({
      kind: 'refused',
      because: 'address',
      suppress: 'soft',
    });
  });

  it.each([
    ['E000027', 200, { kind: 'misconfigured' }],
    ['E000113', 200, { kind: 'misconfigured' }],
    ['E000599', 200, { kind: 'refused', because: 'content' }],
    ['E000699', 200, { kind: 'misconfigured' }],
    ['E200099', 200, { kind: 'refused', because: 'content' }],
    ['E900000', 200, { kind: 'refused', because: 'content' }],
    ['E900000', 401, { kind: 'misconfigured' }],
    ['E900000', 429, { kind: 'deferred', scope: 'account' }],
    ['E900000', 503, { kind: 'uncertain' }],
  ])('not on the list: %s with status %i, and it is logged', (code, status, expected) => {
    const { outcome, logged } = outcomeOfCode(huaweiCodes, code, { status });
    expect(outcome).toMatchObject({ ...expected, code });
    expect(logged).toHaveLength(1);
  });

  it('have a row above for every family', () => {
    expect(huaweiCodes.families).toHaveLength(5);
  });

  it.each(['', '000000', '482913', 'E12', 'E0005031', 'X000503'])('have none like %j', (code) => {
    expect(outcomeOfCode(huaweiCodes, code).outcome).toMatchObject({ kind: 'uncertain', code: 'unreadable_answer' });
  });
});
