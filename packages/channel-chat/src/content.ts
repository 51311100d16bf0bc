import { fail, type NeutralContent, ok, type Problem, type Result } from '@posthorn/core';
import { z } from 'zod';

/** Far more than any vendor shows; what does not fit into a vendor's message is cut there. */
const longestText = 100_000;
export const mostMentions = 50;
/** Ids go into the vendors' markup for mentions, so nothing may end it: letters and digits, and what joins them. */
const userId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.@-]{0,127}$/, "a vendor's id of a user, without markup");
const phone = z.string().regex(/^\+?[0-9][0-9-]{4,19}$/, 'a phone number as the vendor knows it: digits, "+" and "-"');

const mentionsSchema = z.strictObject({
  all: z.boolean().describe('everybody in the chat').exactOptional(),
  phones: z
    .array(phone)
    .max(mostMentions)
    .describe('numbers that users registered with (DingTalk, WeCom)')
    .exactOptional(),
  users: z.array(userId).max(mostMentions).describe("users by the vendor's own ids").exactOptional(),
});

/** What a message says. `text` and `markdown` exclude each other; the neutral body is a `text`. */
export const contentSchema = z
  .strictObject({
    title: z.string().min(1).max(1_000).describe('a heading, and what notifications on a phone show').exactOptional(),
    text: z.string().min(1).max(longestText).describe('plain text: nothing in it is markup').exactOptional(),
    markdown: z
      .string()
      .min(1)
      .max(longestText)
      .describe("the vendor's own dialect of Markdown, passed on as it is; write either text or markdown")
      .exactOptional(),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .describe('a link below the text')
      .exactOptional(),
    mentions: mentionsSchema.describe('who is called by name').exactOptional(),
  })
  .refine(({ text, markdown }) => text === undefined || markdown === undefined, {
    path: ['markdown'],
    error: 'write either text or markdown, not both',
  });

/** What a request may say; and of a digest, for how many messages each line of its text stands. */
export type Content = z.infer<typeof contentSchema> & { readonly folded?: readonly number[] };
export type Mentions = z.infer<typeof mentionsSchema>;

/** Title, text and link of the neutral content where the channel's own has none. */
export function render(neutral: NeutralContent, own: Partial<Content>): Result<Content, readonly Problem[]> {
  const { body, title, url } = neutral;
  const content: Content = {
    ...(title === undefined ? {} : { title }),
    ...(url === undefined ? {} : { url }),
    ...(body === undefined || own.markdown !== undefined ? {} : { text: body }),
    ...own,
  };
  const said = [content.title, content.text, content.markdown].some((text) => (text ?? '').trim() !== '');
  if (said) return ok(content);
  const detail = 'a chat message needs a text: give "content" a title or body, or "chat" a text or markdown';
  return fail([{ pointer: '/content', code: 'content_missing', detail }]);
}
