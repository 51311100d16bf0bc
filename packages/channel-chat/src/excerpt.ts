/** What stands in the place of all that a text has behind `end`. */
export type Mark = (text: string, end: number) => string;

/** Says that, and how much, something is missing. Characters are UTF-16 units, as an editor counts. */
export const moreCharacters: Mark = (text, end) => `\n… [${text.length - end} more characters]`;

/** Looking back this far for the end of a line or a word loses little; further back a cut word is the lesser evil. */
const lookBack = 200;

/**
 * The text, or as much of it as has room together with a mark that it was cut: to the end of a line if one is near, else of
 * a word, never within a character. `sizeOf` measures as the vendor does, and grows with the text. Null when not even the
 * mark has room.
 */
export function excerpt(
  text: string,
  room: number,
  sizeOf: (text: string) => number,
  mark: Mark = moreCharacters,
): string | null {
  if (sizeOf(text) <= room) return text;
  const cutAt = (end: number) => text.slice(0, end).trimEnd() + mark(text, end);
  let fits = 0;
  let tooLong = text.length;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (sizeOf(cutAt(middle)) <= room) fits = middle;
    else tooLong = middle;
  }
  const marked = cutAt(softEnd(text, fits));
  return sizeOf(marked) <= room ? marked : null;
}

/** The nearest good place to end at or before `end`. */
function softEnd(text: string, end: number): number {
  const near = text.slice(Math.max(0, end - lookBack), end);
  const line = near.lastIndexOf('\n');
  const word = Math.max(near.lastIndexOf(' '), near.lastIndexOf('\u3000'));
  const place = line > 0 ? line : word;
  if (place > 0) return end - near.length + place;
  return splitsCharacter(text, end) ? end - 1 : end;
}

function splitsCharacter(text: string, end: number): boolean {
  return end > 0 && (text.codePointAt(end - 1) ?? 0) > 0xffff;
}

/** A heading that is longer than this would leave little room for anything else. */
const longestTitle = 200;

/** A title in one line, short enough for a heading. */
export function headingOf(title: string | undefined): string {
  return (
    excerpt((title ?? '').replaceAll(/\s+/gu, ' ').trim(), longestTitle, (text) => text.length)?.replace('\n', ' ') ??
    ''
  );
}

/** What a message is laid out of, from top to bottom. */
interface Parts {
  readonly heading: string;
  readonly text: string;
  /** What must not be lost at the end: the link, the mentions. */
  readonly tail: readonly string[];
  /** What stands between two parts. */
  readonly gap: string;
  /** Of a cut in the text; `moreCharacters` when left out. */
  readonly mark?: Mark;
}

/** The whole message within `room`: only its text is cut. Null when the rest alone, or a mark of the cut, has no room. */
export function layOut(parts: Parts, room: number, sizeOf: (message: string) => number): string | null {
  const { heading, text, tail, gap, mark } = parts;
  const join = (shown: string) => [heading, shown, ...tail].filter((part) => part !== '').join(gap);
  const shown = excerpt(text, room, (cut) => sizeOf(join(cut)), mark ?? moreCharacters);
  return shown !== null && sizeOf(join(shown)) <= room ? join(shown) : null;
}

/** Bytes in UTF-8, as vendors count. */
export function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

/** A link of Markdown that shows its own address. */
export function linkOf(url: string | undefined): string {
  if (url === undefined) return '';
  const safe = url.replaceAll(/[()[\]<>\s]/g, (char) =>
    encodeURIComponent(char).replace('(', '%28').replace(')', '%29'),
  );
  return `[${safe}](${safe})`;
}
