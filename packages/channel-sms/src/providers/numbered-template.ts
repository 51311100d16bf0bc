import { fail, type Outcome, type OutgoingDelivery, ok, type Result } from '@posthorn/core';
import * as z from 'zod';
import type { SmsContent } from '../content.ts';
import { settingsFor } from './abroad.ts';

const templateId = z.string().trim().min(1).max(64);

/** The account's own template, and one for numbers abroad. */
export const ownTemplateSettings = {
  templateId: templateId.exactOptional().describe('an approved template, for messages that name none'),
  textParam: z
    .literal(1, 'textParam is 1: a template that takes a text has it as its only variable')
    .exactOptional()
    .describe("that template's one variable takes a whole text, so that neutral content can be sent"),
};

const binding = {
  templateId: templateId.exactOptional(),
  params: z.array(z.string().min(1).max(64)).max(32).exactOptional(),
};

/** Settings of vendors whose templates number their variables, for messages that are written for vendors that name them. */
export const numberedTemplateSettings = {
  ...ownTemplateSettings,
  templates: z
    .record(templateId, z.strictObject({ ...binding, abroad: z.strictObject(binding).exactOptional() }))
    .exactOptional()
    .describe(
      "by a message's templateCode: what the template is called here, and which of the message's params its variables are, in their order",
    ),
};

/** A text needs a template to go into. */
export function hasPlaceForText(own: { readonly textParam?: 1; readonly templateId?: string }): boolean {
  return own.textParam === undefined || own.templateId !== undefined;
}
export const noPlaceForText = {
  path: ['textParam'],
  message: 'textParam is a variable of templateId, which is missing',
};

interface Binding {
  readonly templateId?: string;
  readonly params?: readonly string[];
}

export interface NumberedTemplateSettings {
  readonly templateId?: string;
  readonly textParam?: 1;
  readonly templates?: Readonly<Record<string, Binding & { readonly abroad?: Binding }>>;
  readonly abroad?: { readonly templateId?: string; readonly textParam?: 1 };
}

/** A vendor's template with the values of its variables, the first one's first. */
export interface NumberedTemplate {
  readonly templateId: string;
  readonly values: readonly string[];
}

/** The template of a message, or why there can be none: a value in the wrong place is a message with a wrong meaning. */
export function numberedTemplate(
  { content, address }: Pick<OutgoingDelivery<SmsContent>, 'content' | 'address'>,
  settings: NumberedTemplateSettings,
  vendor: string,
): Result<NumberedTemplate, Outcome> {
  const own = settingsFor(settings, address);
  const { templateCode = own.templateId, params, text } = content;
  if (templateCode === undefined)
    return refused(
      'template_missing',
      `${vendor} sends templates only: give sms.templateCode, or the account a templateId and a textParam`,
    );
  const takesText = content.templateCode === undefined && params === undefined && text !== undefined;
  if (takesText && own.textParam === undefined)
    return refused(
      'text_param_missing',
      "the account's template has no place for a text: give sms.params, or the account a textParam",
    );
  if (takesText) return ok({ templateId: templateCode, values: [inOneLine(text)] });
  const named = Object.hasOwn(own.templates ?? {}, templateCode) ? own.templates?.[templateCode] : undefined;
  const bound = named && settingsFor(named, address);
  const values = valuesInOrder(params ?? {}, bound?.params, vendor);
  return values.ok ? ok({ templateId: bound?.templateId ?? templateCode, values: values.value }) : values;
}

/** By the account's list of names; else by number; one alone is the first. The order in which a message has them means nothing. */
export function valuesInOrder(
  params: Readonly<Record<string, string>>,
  names: readonly string[] | undefined,
  vendor: string,
): Result<readonly string[], Outcome> {
  const given = Object.keys(params);
  const numbers = given.map((_name, at) => String(at + 1));
  const isAlone = given.length === 1 && !/^\d+$/.test(given[0] ?? '');
  const order = names ?? (isAlone ? given : numbers);
  const missing = order.find((name) => !Object.hasOwn(params, name));
  if (missing === undefined) return ok(order.map((name) => params[name] ?? ''));
  return names === undefined
    ? refused(
        'param_order_unknown',
        `${vendor} numbers its variables: name sms.params 1, 2, …, or list their names under the account's templates`,
      )
    : refused('param_missing', `the template takes the variable "${missing}", which sms.params lacks`);
}

/** A variable stands within the template's line. */
function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function refused(code: string, detail: string): Result<never, Outcome> {
  return fail({ kind: 'refused', because: 'content', code, detail });
}
