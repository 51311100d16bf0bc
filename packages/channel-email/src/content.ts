import { fail, type NeutralContent, ok, type Problem, type Result, type Schema } from '@posthorn/core';
import { z } from 'zod';
import { controlCharacter } from './address.ts';
import { type Attachment, attachments } from './attachment.ts';
import { parseMailbox } from './mailbox.ts';

/** A message as the providers get it: with a text, an HTML version, or both. */
export interface Content {
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  /** Who it is from, instead of the account's own sender: `Shop <no-reply@example.com>`. */
  readonly from?: string;
  readonly replyTo?: string;
  readonly attachments?: readonly Attachment[];
}

/** RFC 5322 §2.1.1: a line has at most 998 characters. */
const longestSubject = 998;
/** Where a subject made of a text is cut: the line length that RFC 5322 §2.1.1 asks to keep to. */
const madeSubjectLength = 78;

const subject = z
  .string()
  .max(longestSubject)
  .refine((text) => !controlCharacter.test(text), 'must be one line without control characters')
  .refine((text) => text.trim() !== '', 'must not be blank');

const body = z
  .string()
  .min(1)
  .refine((text) => !text.includes('\0'), 'must not contain a NUL character');

const mailbox = z
  .string()
  .refine(
    (text) => parseMailbox(text).ok,
    'must be one address, like no-reply@example.com or Shop <no-reply@example.com>',
  );

const whole = z.strictObject({
  subject,
  text: body.exactOptional(),
  html: body.exactOptional(),
  from: mailbox.exactOptional(),
  replyTo: mailbox.exactOptional(),
  attachments: attachments.exactOptional(),
});

/** A message as it must be when it is sent. */
export const wholeContent: Schema<Content> = whole;

/** What a request may say under `email`. There is no field for headers, other recipients, paths or URLs, by intent. */
export const content: Schema<Partial<Content>> = whole.extend({ subject: subject.exactOptional() });

/** Joins the neutral content with the channel's own. A message with HTML of its own gets no text that nobody wrote. */
export function render(neutral: NeutralContent, own: Partial<Content>): Result<Content, readonly Problem[]> {
  const subject = own.subject ?? subjectOf(neutral);
  const text = own.text ?? textOf(neutral, own.html !== undefined);
  if (text === null && own.html === undefined) {
    const detail = 'give content.body, email.text or email.html';
    return fail([{ pointer: '/content', code: 'missing_content', detail }]);
  }
  if (subject === null) {
    const detail = 'give email.subject, content.title or content.body';
    return fail([{ pointer: '/email/subject', code: 'missing_subject', detail }]);
  }
  return ok({ ...own, subject, ...(text === null ? {} : { text }) });
}

/** The title, else the first line of the body, on one line whatever breaks it had: it becomes a header. */
function subjectOf({ title, body }: NeutralContent): string | null {
  const fromTitle = cut(oneLine(title ?? ''), longestSubject);
  if (fromTitle !== '') return fromTitle;
  const firstLine =
    (body ?? '')
      .trimStart()
      .slice(0, longestSubject)
      .split(/[\r\n\u2028\u2029]/, 1)[0] ?? '';
  return cut(oneLine(firstLine), madeSubjectLength) || null;
}

function textOf({ title, body, url }: NeutralContent, hasHtml: boolean): string | null {
  const said = present(body) ?? (hasHtml ? null : present(title));
  const link = present(url);
  if (said === null) return hasHtml ? null : link;
  return link === null || said.includes(link) ? said : `${said}\n\n${link}`;
}

function present(text: string | undefined): string | null {
  return text === undefined || text.trim() === '' ? null : text;
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

/** Cuts between what a reader sees as characters, never through an emoji. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (kept.length + segment.length > length - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}
