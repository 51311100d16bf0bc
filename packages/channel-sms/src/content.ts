import { fail, type NeutralContent, type OneTimeCode, ok, type Problem, type Result } from '@posthorn/core';
import * as z from 'zod';

/** What an SMS provider gets to send: a text of its own, a template of the vendor with its variables, or both to choose from. */
export interface SmsContent {
  /** The vendor's template, as the vendor calls it: `SMS_154950909`. */
  readonly templateCode?: string;
  /** The approved signature that stands in brackets before the text; the account's own when missing. */
  readonly signName?: string;
  /** The template's variables. Strings only: vendors refuse numbers, and `012345` would lose its zero. */
  readonly params?: Readonly<Record<string, string>>;
  /** The whole text, for vendors that take one. */
  readonly text?: string;
}

/** Ten parts of GSM-7 and a little: vendors stop at 500 (Aliyun, mainland) to 1,600 characters (Twilio). */
const longestText = 1_600;
const mostParams = 32;
/** `code`, `order_no`, and `1` for vendors that number their variables. */
const paramName = /^[A-Za-z0-9][A-Za-z0-9_]{0,63}$/;

/** A request's `sms` block. */
export const smsContent = z.strictObject({
  templateCode: z.string().trim().min(1).max(64).exactOptional(),
  signName: z.string().trim().min(1).max(64).exactOptional(),
  params: z
    .record(z.string().regex(paramName, 'a variable is named with letters, digits and "_"'), z.string().max(500))
    .refine((params) => Object.keys(params).length <= mostParams, `a template has at most ${mostParams} variables`)
    .exactOptional(),
  text: z.string().min(1).max(longestText).exactOptional(),
});

/** The channel's own content as it is; its text, unless it brings one, is the neutral content in one piece. */
export function renderSms(neutral: NeutralContent, own: Partial<SmsContent>): Result<SmsContent, readonly Problem[]> {
  const text = own.text ?? textOf(neutral);
  if (text === '' && own.templateCode === undefined) return fail([nothingToSay]);
  if (text.length > longestText) return fail([tooLong]);
  return ok(text === '' ? { ...own } : { ...own, text });
}

/** For vendors of texts the whole sentence, which needs no title; for those of templates the variable that every template of codes has. */
export function codeContent({ code, text }: OneTimeCode): SmsContent {
  return { text, params: { code } };
}

/** Title, body and link, a line each: an SMS has no other way to set them apart. A link that the body already has is not repeated. */
function textOf({ title = '', body = '', url = '' }: NeutralContent): string {
  const lines = [title.trim(), body.trim()];
  if (!body.includes(url.trim())) lines.push(url.trim());
  return lines.filter((line) => line !== '').join('\n');
}

const nothingToSay: Problem = {
  pointer: '/content',
  code: 'content_missing',
  detail: 'an SMS needs a text or a template: give "content" a title or body, or "sms" a text or templateCode',
};
const tooLong: Problem = {
  pointer: '/content',
  code: 'content_too_long',
  detail: `an SMS has at most ${longestText} characters: shorten the content, or give "sms" its own shorter text`,
};
