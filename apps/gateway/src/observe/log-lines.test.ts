import { describe, expect, it } from 'vitest';
import { logLines } from './log-lines.ts';

const fault = (code: string) => Object.assign(new Error(code), { code });

/** A file that takes what its script says of each write: so many bytes, or a fault. */
function scriptedFile(script: (number | string)[]) {
  let text = '';
  const write = (_descriptor: number, bytes: Uint8Array): number => {
    const next = script.shift() ?? bytes.length;
    if (typeof next === 'string') throw fault(next);
    const part = bytes.subarray(0, next);
    text += Buffer.from(part).toString();
    return part.length;
  };
  return { write, text: () => text };
}

function scene(script: (number | string)[]) {
  const file = scriptedFile(script);
  const gaps: number[] = [];
  const lines = logLines(2, (dropped) => gaps.push(dropped), file.write);
  return { lines, gaps, text: file.text };
}

describe('log lines', () => {
  it('are written when they come, whole, however little of them is taken at once', () => {
    const { lines, gaps, text } = scene([2, 1, 1]);
    lines.write('first\n');
    expect(text()).toBe('first\n');
    lines.write('second\n');
    expect([text(), gaps]).toEqual(['first\nsecond\n', []]);
  });

  it.each(['ENOSPC', 'EIO', 'EPIPE'])('are dropped and counted while the file answers %s', (code) => {
    const { lines, gaps, text } = scene([code, code, code]);
    for (const line of ['one\n', 'two\n', 'three\n']) lines.write(line);
    expect([text(), gaps]).toEqual(['', []]);
    lines.write('four\n');
    lines.write('five\n');
    expect([text(), gaps]).toEqual(['four\nfive\n', [3]]);
  });

  it('that are cut off stay a line of their own', () => {
    const { lines, gaps, text } = scene([3, 'ENOSPC', 'ENOSPC']);
    for (const line of ['torn off\n', 'gone\n', 'whole\n']) lines.write(line);
    expect([text(), gaps]).toEqual(['tor\nwhole\n', [2]]);
  });

  it('wait a moment for a reader that is behind, not for ever', () => {
    const patient = scene(['EAGAIN', 'EAGAIN', 'EAGAIN']);
    patient.lines.write('late\n');
    expect([patient.text(), patient.gaps]).toEqual(['late\n', []]);

    const startedAt = performance.now();
    const stuck = scene(Array.from({ length: 1_000 }, () => 'EAGAIN'));
    stuck.lines.write('never\n');
    expect([stuck.text(), performance.now() - startedAt < 5_000]).toEqual(['', true]);
  });
});
