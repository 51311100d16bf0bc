import { describe, expect, it } from 'vitest';
import { signedCursors } from './cursor.ts';
import { HttpProblem } from './problems.ts';

const cursors = signedCursors(Buffer.alloc(32, 1));

const refusal = (list: string, cursor: string) => {
  try {
    return cursors.read(list, cursor);
  } catch (error) {
    return error instanceof HttpProblem ? error.code : error;
  }
};

describe('signedCursors', () => {
  it.each([0, 1, 35, 36, 123_456_789, Number.MAX_SAFE_INTEGER])('reads what it wrote: %d', (sequence) => {
    expect(cursors.read('notifications', cursors.write('notifications', sequence))).toBe(sequence);
  });

  it('is safe in a URL', () => {
    for (let sequence = 0; sequence < 500; sequence++) expect(cursors.write('x', sequence)).toMatch(/^[\w.-]+$/);
  });

  const real = cursors.write('notifications', 1_000);
  it.each([
    ['nothing', ''],
    ['a number', '1000'],
    ['no signature', `${real.split('.')[0]}.`],
    ['no sequence', `.${real.split('.')[1]}`],
    ['another sequence', `${(1_001).toString(36)}.${real.split('.')[1]}`],
    ['another spelling of the sequence', real.toUpperCase()],
    ['a leading zero', `0${real}`],
    ['half a signature', real.slice(0, -1)],
    ['something behind it', `${real}.x`],
    ['that of another list', cursors.write('sandbox', 1_000)],
    ['that of another key', signedCursors(Buffer.alloc(32, 2)).write('notifications', 1_000)],
    ['words', '__proto__'],
  ])('refuses %s', (_name, cursor) => {
    expect(refusal('notifications', cursor)).toBe('invalid_request');
  });
});
