/** Chance that can be repeated: the same seed gives the same numbers. */
export interface Chance {
  /** [0, 1). */
  fraction(): number;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
}

/** Mulberry32: 32 bits of state are plenty to place some hundred kills. */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { fraction, between: (least, most) => least + Math.floor(fraction() * (most - least + 1)) };
}

/** A seed for a run that is given none. */
export function freshSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
