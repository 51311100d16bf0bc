import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from './clock.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A machine whose two clocks are set by hand. */
function machine() {
  const hands = { wall: 1_000_000, monotonic: 50 };
  vi.spyOn(Date, 'now').mockImplementation(() => hands.wall);
  vi.spyOn(performance, 'now').mockImplementation(() => hands.monotonic);
  return {
    clock: systemClock(),
    pass(ms: number) {
      hands.wall += ms;
      hands.monotonic += ms;
    },
    set(ms: number) {
      hands.wall += ms;
    },
  };
}

describe('now', () => {
  it('is the wall clock', () => {
    const { clock, pass } = machine();
    pass(1_234);
    expect(clock.now()).toBe(1_001_234);
  });

  it('follows a jump ahead', () => {
    const { clock, set } = machine();
    set(36 * 3_600_000);
    expect(clock.now()).toBe(1_000_000 + 36 * 3_600_000);
  });

  it('goes on at its pace when the wall clock is set back by three days', () => {
    const { clock, pass, set } = machine();
    pass(1_000);
    expect(clock.now()).toBe(1_001_000);
    set(-3 * 86_400_000);
    expect(clock.now()).toBe(1_001_000);
    pass(0.5);
    pass(0.5);
    expect(clock.now()).toBe(1_001_001);
    pass(60_000);
    expect(clock.now()).toBe(1_061_001);
  });

  it('is the wall clock again when that has caught up', () => {
    const { clock, pass, set } = machine();
    set(-5_000);
    pass(1_000);
    expect(clock.now()).toBe(1_001_000);
    set(10_000);
    expect(clock.now()).toBe(1_006_000);
  });

  it('never runs backwards, whatever happens to the wall clock', () => {
    const { clock, pass, set } = machine();
    let last = clock.now();
    for (const ms of [-1, 5, -7, 3, -1_000_000, 12, 999_999, -3]) {
      set(ms);
      pass(0.3);
      const now = clock.now();
      expect(now).toBeGreaterThanOrEqual(last);
      expect(Number.isInteger(now)).toBe(true);
      last = now;
    }
  });
});

describe('after', () => {
  it('calls once, unless it is canceled', () => {
    vi.useFakeTimers();
    const clock = systemClock();
    const calls: string[] = [];
    clock.after(10, () => calls.push('kept'));
    clock.after(10, () => calls.push('canceled'))();
    vi.advanceTimersByTime(100);
    expect(calls).toEqual(['kept']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([2 ** 31, 400 * 86_400_000, Number.MAX_SAFE_INTEGER])('does not fire at once when asked for %i ms', (ms) => {
    vi.useFakeTimers();
    let fired = false;
    const cancel = systemClock().after(ms, () => {
      fired = true;
    });
    vi.advanceTimersByTime(86_400_000);
    expect(fired).toBe(false);
    cancel();
  });

  it('takes a time that has passed for now', () => {
    vi.useFakeTimers();
    let fired = false;
    systemClock().after(-5, () => {
      fired = true;
    });
    vi.advanceTimersByTime(1);
    expect(fired).toBe(true);
  });
});

it('calls what waits for the end of a turn once, after all that the turn brings', async () => {
  const clock = systemClock();
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    clock.afterTurn(() => {
      order.push('end');
      resolve();
    });
    void Promise.resolve().then(() => order.push('promise'));
    process.nextTick(() => order.push('tick'));
    order.push('now');
  });
  expect(order.slice(0, 1)).toEqual(['now']);
  expect(order.slice(1, 3).toSorted()).toEqual(['promise', 'tick']);
  expect(order.slice(3)).toEqual(['end']);
});
