import { describe, expect, it } from 'vitest';
import { HttpProblem, invalidRequest, mostErrors, problemDocument, problemTable, unprocessable } from './problems.ts';

const problem = (pointer: string, code = 'invalid') => ({ pointer, code, detail: 'is wrong' });

describe('problemDocument', () => {
  it('is RFC 9457 with our code and the id of the request', () => {
    expect(problemDocument(new HttpProblem('not_found', 'there is none'), 'req-1')).toEqual({
      type: 'urn:posthorn:problem:not_found',
      title: problemTable.not_found.title,
      status: 404,
      detail: 'there is none',
      code: 'not_found',
      requestId: 'req-1',
    });
  });

  it('has the places that are wrong, when there are some', () => {
    const errors = [problem('/to'), problem('')];
    expect(problemDocument(invalidRequest(errors), 'req-1').errors).toEqual(errors);
  });

  it('names only so many of them', () => {
    const errors = Array.from({ length: mostErrors + 1 }, (_, place) => problem(`/tags/${place}`));
    const document = problemDocument(invalidRequest(errors), 'req-1');
    expect(document.errors).toHaveLength(mostErrors);
    expect(document.detail).toBe(`/tags/0: is wrong (and ${mostErrors} more)`);
  });

  it('says what is wrong with the body as a whole in words', () => {
    expect(invalidRequest([problem('')]).message).toBe('the body: is wrong');
  });
});

describe('unprocessable', () => {
  it.each([
    [['invalid'], 'unprocessable'],
    [['invalid', 'no_route'], 'no_route'],
    [['no_route', 'unsupported_yet'], 'unsupported_yet'],
  ])('%j is called %s', (codes, expected) => {
    expect(unprocessable(codes.map((code) => problem('/to', code))).code).toBe(expected);
  });
});

describe('problemTable', () => {
  it('has stable names, and blames a fault on the gateway only where it is one', () => {
    for (const [code, { status }] of Object.entries(problemTable)) {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      if (status >= 500)
        expect(['internal', 'callback_unread', 'overloaded', 'storage_full', 'storage_unavailable']).toContain(code);
    }
  });
});
