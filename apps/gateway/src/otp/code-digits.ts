import { randomInt } from 'node:crypto';

export const codeLengths = { least: 4, most: 10, usual: 6 } as const;

/** A new code of so many digits: every one of them is as likely as any other, leading zeros included. */
export function drawCode(length: number, draw: (max: number) => number = randomInt): string {
  return draw(10 ** length)
    .toString()
    .padStart(length, '0');
}

/** A code as people type it: digits of any script's keyboard, in groups or with a space behind. */
export function typedCode(text: string): string {
  return text.normalize('NFKC').replaceAll(/[\s-]/gu, '');
}
