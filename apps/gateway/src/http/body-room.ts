import { overloaded } from './overload.ts';

/** In bytes: a body up to this is always taken, so that those who send large ones, however slowly, keep nobody else out. */
export const smallBody = 64 * 1024;

/** In bytes: what the rest of all bodies on their way may take at a time; six of the largest batches. Memory is the process's. */
const room = 24 * 1024 * 1024;
let taken = 0;

/** Room for one body that arrives in parts. */
export interface BodyRoom {
  /** The body has so many bytes by now. Throws an `HttpProblem` when there is no room for them. */
  hold(length: number): void;
  leave(): void;
}

export function bodyRoom(): BodyRoom {
  let held = 0;
  return {
    hold(length) {
      const large = Math.max(0, length - smallBody);
      if (taken + large - held > room) throw overloaded('too many large bodies are being sent');
      taken += large - held;
      held = large;
    },
    leave() {
      taken -= held;
      held = 0;
    },
  };
}
