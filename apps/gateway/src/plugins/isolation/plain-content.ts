/** Far above what any message has; a request of ours is a quarter of it. */
const longestContent = 1_048_576;

/**
 * A copy of a stranger's content as JSON has it: that is how it is stored. Throws for what JSON cannot say, and for what is
 * too long.
 */
export function plainContent(value: unknown): unknown {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError('the content is not data');
  if (text.length > longestContent) throw new RangeError('the content is too long');
  return JSON.parse(text) as unknown;
}
