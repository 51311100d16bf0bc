import { type Content, mostMentions } from './content.ts';
import { type Mark, moreCharacters } from './excerpt.ts';

/** What one message may take of a digest: enough to know it again, in one line of a phone or two. */
const longestLine = 160;

/**
 * Many messages in one: a line each, the same ones counted. It is plain text, whatever they were, so that what ends within a
 * line cannot be markup; whoever they mention is mentioned.
 */
export function fold(contents: readonly Content[]): Content {
  const counts = new Map<string, number>();
  for (const content of contents) {
    const line = lineOf(content);
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  const mentions = contents.map((content) => content.mentions ?? {});
  const all = mentions.some((one) => one.all === true);
  const phones = distinct(mentions.flatMap((one) => one.phones ?? []));
  const users = distinct(mentions.flatMap((one) => one.users ?? []));
  return {
    title: `${contents.length} messages in one: more than this chat may get one by one`,
    text: [...counts].map(([line, count]) => (count === 1 ? `• ${line}` : `• ${count} × ${line}`)).join('\n'),
    folded: [...counts.values()],
    ...((all || phones.length > 0 || users.length > 0) && { mentions: { all, phones, users } }),
  };
}

/** The mark of a cut in a digest says how many messages are not in it; in anything else, how many characters. */
export function markFor(folded: Content['folded']): Mark {
  if (folded === undefined) return moreCharacters;
  return (text, end) => {
    // Only whole lines count as shown, so that the mark never grows with what is shown, and always says something.
    const ended = text.slice(0, end).split('\n').length - 1;
    const whole = text[end] === '\n' ? ended + 1 : ended;
    const left = folded.slice(whole).reduce((sum, count) => sum + count, 0);
    return `\n… and ${left} more`;
  };
}

/** Title, beginning and link of a message in one line. */
function lineOf({ title, text, markdown, url }: Content): string {
  const beginning = /\S.*/.exec(text ?? markdown ?? '')?.[0];
  const words = inOneLine([title, beginning].filter((part) => part !== undefined).join(': '));
  const link = url === undefined || url.length > longestLine ? '' : ` ${url}`;
  const room = Math.max(longestLine / 4, longestLine - link.length);
  const characters = [...words];
  return `${characters.length > room ? `${characters.slice(0, room - 1).join('')}…` : words}${link}`;
}

function inOneLine(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').trim();
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].slice(0, mostMentions);
}
