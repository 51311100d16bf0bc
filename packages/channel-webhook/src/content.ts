import { fail, type NeutralContent, ok, type Problem, pointerOf, type Result } from '@posthorn/core';
import { z } from 'zod';
import { dataName, isKnownPlaceholder, placeholdersIn } from './template.ts';

const mostValues = 50;
const scalar = z.union([z.string().max(10_000), z.number(), z.boolean(), z.null()]);

/** A body of JSON: what it says beyond its placeholders is sent as it stands. */
export const bodyTemplate = z
  .union([z.record(z.string(), z.unknown()), z.array(z.unknown())])
  .superRefine((template, context) => {
    for (const name of placeholdersIn(template).filter((each) => !isKnownPlaceholder(each)))
      context.addIssue({ code: 'custom', message: `there is no placeholder {{${name.slice(0, 80)}}}` });
  });

export const contentSchema = z.strictObject({
  title: z.string().min(1).max(1_000).describe('another title than that of content').exactOptional(),
  text: z.string().min(1).max(100_000).describe('another text than the body of content').exactOptional(),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .describe('another link than that of content')
    .exactOptional(),
  data: z
    .record(z.string().regex(dataName, 'a name of letters, digits, "_" and "-"'), scalar)
    .refine((values) => Object.keys(values).length <= mostValues, `at most ${mostValues} values`)
    .describe('values of your own: {{data.NAME}} in a body')
    .exactOptional(),
  body: bodyTemplate
    .describe(`the whole body as JSON, with placeholders such as {{title}}; else the account's template`)
    .exactOptional(),
});

export type Content = z.infer<typeof contentSchema>;

/** Title, text and link of the neutral content where the channel's own has none. */
export function render(neutral: NeutralContent, own: Partial<Content>): Result<Content, readonly Problem[]> {
  const { title, body, url } = neutral;
  const content: Content = {
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { text: body }),
    ...(url === undefined ? {} : { url }),
    ...own,
  };
  if (content.body !== undefined) return checkedBody(content);
  if ([content.title, content.text].some((said) => (said ?? '').trim() !== '') || content.data !== undefined)
    return ok(content);
  const detail = 'a webhook needs something to say: give "content" a title or body, or "webhook" data or a body';
  return fail([{ pointer: '/content', code: 'content_missing', detail }]);
}

/** A caller's own template knows its own values: one that is missing is a slip. */
function checkedBody(content: Content): Result<Content, readonly Problem[]> {
  const given = Object.keys(content.data ?? {}).map((name) => `data.${name}`);
  const missing = placeholdersIn(content.body).filter((name) => name.startsWith('data.') && !given.includes(name));
  if (missing.length === 0) return ok(content);
  const detail = `the body has {{${missing[0]}}}, and data has no such value`;
  return fail([{ pointer: pointerOf(['webhook', 'body']), code: 'value_missing', detail }]);
}
