/** Words of a reply that are its own although the message has them too: fewer in a row, or shorter. */
const fewestWords = 3;
const shortestLine = 4;
const shortestWord = 12;

/**
 * A reply without what it repeats of the message: whole lines of it, three words in a row, or one long word (a link, a
 * token). Content filters say what they stumbled over, and what a message says is nobody's business but its receiver's.
 */
export function withoutEcho(reply: string, said: readonly string[]): string {
  const texts = said.map(oneLine);
  const words = reply.split(' ');
  const repeats = (from: number, count: number) => {
    const some = words.slice(from, from + count);
    return some.length === count && texts.some((text) => text.includes(some.join(' ')));
  };
  const isEcho = (word: string, place: number) =>
    (word.length >= shortestWord && repeats(place, 1)) ||
    Array.from({ length: fewestWords }, (_, back) => place - back).some(
      (from) => from >= 0 && repeats(from, fewestWords),
    );
  const own = words.map((word, place) => (isEcho(word, place) ? '***' : word)).join(' ');
  const lines = said
    .flatMap((text) => text.split(/[\r\n<>]+/))
    .map(oneLine)
    .filter((line) => line.length >= shortestLine && own.includes(line));
  return lines
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, line) => rest.replaceAll(line, '***'), own)
    .replaceAll(/\*{3}(?: \*{3})+/g, '***');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
