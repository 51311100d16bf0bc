import { format } from 'node:util';

/** What a provider printed beside the log that it was lent. */
export interface Overheard {
  text(): string;
  stop(): void;
}

const methods = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const;
const listeners = new Set<string[]>();
let restore: (() => void) | null = null;

/** Listens to the console: a line there is a line in somebody's log. Everything is still printed. */
export function overhear(): Overheard {
  const lines: string[] = [];
  listeners.add(lines);
  restore ??= tap();
  return {
    text: () => lines.join('\n'),
    stop() {
      listeners.delete(lines);
      if (listeners.size > 0) return;
      restore?.();
      restore = null;
    },
  };
}

function tap(): () => void {
  // Whichever the runner has put there.
  const target = Reflect.get(globalThis, 'console') as Record<(typeof methods)[number], (...given: unknown[]) => void>;
  const undo = methods.map((method) => {
    const print = target[method];
    target[method] = (...given: unknown[]) => {
      for (const lines of listeners) lines.push(format(...given));
      Reflect.apply(print, target, given);
    };
    return () => {
      target[method] = print;
    };
  });
  return () => {
    for (const one of undo) one();
  };
}
