import { fail, type Outcome, type OutgoingDelivery, ok, type Result } from '@posthorn/core';
import type { SmsContent } from '../../content.ts';
import { valuesInOrder } from '../numbered-template.ts';

/** Who an account sends as, and what templates of other vendors are called in its Content Template Builder. */
export interface TwilioDefaults {
  readonly from?: string;
  readonly messagingServiceSid?: string;
  readonly templates?: Readonly<Record<string, { readonly contentSid: string; readonly params?: readonly string[] }>>;
}

export const contentSidShape = /^HX[0-9a-fA-F]{32}$/;

/**
 * The form of a new message, or why there can be none. Numbers go in E.164. A template is preferred when it is one of
 * Twilio's, by its own name or through the account's `templates`; another vendor's is left for the text.
 */
export function twilioRequest(
  { address, content }: OutgoingDelivery<SmsContent>,
  own: TwilioDefaults,
  statusCallback: string | null,
): Result<URLSearchParams, Outcome> {
  const said = bodyOf(content, own);
  if (!said.ok) return said;
  return ok(
    new URLSearchParams({
      To: address,
      ...(own.from === undefined ? {} : { From: own.from }),
      ...(own.messagingServiceSid === undefined ? {} : { MessagingServiceSid: own.messagingServiceSid }),
      ...said.value,
      ...(statusCallback === null ? {} : { StatusCallback: statusCallback }),
    }),
  );
}

function bodyOf(
  content: SmsContent,
  { templates = {} }: TwilioDefaults,
): Result<Readonly<Record<string, string>>, Outcome> {
  const { templateCode = '', params = {}, text } = content;
  const bound = Object.hasOwn(templates, templateCode) ? templates[templateCode] : undefined;
  if (bound === undefined && !contentSidShape.test(templateCode))
    return text === undefined ? fail(textMissing) : ok({ Body: text });
  const variables = bound?.params === undefined ? ok(params) : numbered(params, bound.params);
  if (!variables.ok) return variables;
  const isNone = Object.keys(variables.value).length === 0;
  return ok({
    ContentSid: bound?.contentSid ?? templateCode,
    ...(isNone ? {} : { ContentVariables: JSON.stringify(variables.value) }),
  });
}

/** Variables called `1`, `2` and so on, from params that have names. */
function numbered(
  params: Readonly<Record<string, string>>,
  names: readonly string[],
): Result<Readonly<Record<string, string>>, Outcome> {
  const values = valuesInOrder(params, names, 'Twilio');
  return values.ok ? ok(Object.fromEntries(values.value.map((value, at) => [at + 1, value]))) : values;
}

const textMissing: Outcome = {
  kind: 'refused',
  because: 'content',
  code: 'text_missing',
  detail: 'Twilio needs a text: give "content" or sms.text, or the account the template under templates',
};
