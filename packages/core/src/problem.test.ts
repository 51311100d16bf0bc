import { describe, expect, it } from 'vitest';
import { nestProblem, pointerOf } from './problem.ts';

describe('pointerOf', () => {
  it.each([
    [[], ''],
    [['to', 'phone'], '/to/phone'],
    [['channels', 0, 'within'], '/channels/0/within'],
    [['to', 'a/b'], '/to/a~1b'],
    [['a~b'], '/a~0b'],
    [['~1'], '/~01'],
    [['~/', '/~'], '/~0~1/~1~0'],
    [[''], '/'],
  ])('writes %j as %j', (path, pointer) => {
    expect(pointerOf(path)).toBe(pointer);
  });
});

describe('nestProblem', () => {
  it('moves the place, nothing else', () => {
    const problem = { pointer: '/code', code: 'missing', detail: 'give one' };
    expect(nestProblem('/sms', problem)).toEqual({ ...problem, pointer: '/sms/code' });
    expect(nestProblem('/sms', { ...problem, pointer: '' }).pointer).toBe('/sms');
  });
});
