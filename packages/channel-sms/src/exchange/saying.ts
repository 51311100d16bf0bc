const longestSaying = 200;
/** Three digits and more, in any script and with gaps: a code or (a piece of) a phone number. */
export const digitRun = /\p{Nd}(?:[\s\-.]?\p{Nd}){2,}/gu;

/** A vendor's words without what is confidential. Its messages repeat numbers and values now and then. */
export function redact(message: string, confidential: readonly string[]): string {
  const words = confidential.filter((word) => word.length > 1).toSorted((a, b) => b.length - a.length);
  const safe = words.reduce((text, word) => text.replaceAll(word, '***'), message).replaceAll(digitRun, '***');
  return [...safe.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()].slice(0, longestSaying).join('');
}
