import { fail, type Outcome, type OutgoingDelivery, ok, type Result } from '@posthorn/core';
import * as z from 'zod';
import type { SmsContent } from '../../content.ts';
import { settingsFor } from '../abroad.ts';

const templateCode = z.string().trim().min(1).max(64);
const variable = z.string().trim().min(1).max(64);

/** The account's own template, and one for numbers abroad. */
export const ownTemplateSettings = {
  templateCode: templateCode.exactOptional().describe('an approved template, for messages that name none'),
  textParam: variable
    .exactOptional()
    .describe('the variable of that template which takes a whole text, so that neutral content can be sent'),
};

const binding = {
  templateCode: templateCode.exactOptional(),
  params: z.union([z.array(variable).max(32), z.record(variable, variable)]).exactOptional(),
};

/**
 * What a message's templateCode is called here, and which of its params the vendor's variables are: a list of those that
 * have the same name, or the vendor's names with ours. All of them, as they are, when left out.
 */
export const templateSettings = z.record(
  templateCode,
  z.strictObject({ ...binding, abroad: z.strictObject(binding).exactOptional() }),
);

interface Binding {
  readonly templateCode?: string;
  readonly params?: readonly string[] | Readonly<Record<string, string>>;
}

interface OwnTemplate {
  readonly templateCode?: string;
  readonly textParam?: string;
}

export interface AliyunTemplateSettings extends OwnTemplate {
  readonly templates?: Readonly<Record<string, Binding & { readonly abroad?: Binding }>>;
  readonly abroad?: OwnTemplate;
}

export interface AliyunTemplate {
  readonly templateCode: string;
  readonly params: Readonly<Record<string, string>>;
}

/** The template of a message with the values of its variables by name, or why there can be none. */
export function aliyunTemplate(
  { content, address }: Pick<OutgoingDelivery<SmsContent>, 'content' | 'address'>,
  settings: AliyunTemplateSettings,
): Result<AliyunTemplate, Outcome> {
  const own = settingsFor(settings, address);
  const { text, params } = content;
  const code = content.templateCode ?? own.templateCode;
  if (code === undefined) return fail(templateMissing);
  // A message without template is put into the account's own.
  const takesText = content.templateCode === undefined && params === undefined && text !== undefined;
  if (takesText && own.textParam === undefined) return fail(textUnplaced);
  const named = Object.hasOwn(own.templates ?? {}, code) ? own.templates?.[code] : undefined;
  const bound = named && settingsFor(named, address);
  const given = takesText ? { [own.textParam ?? '']: inOneLine(text) } : valuesByName(params ?? {}, bound?.params);
  if (typeof given === 'string') return fail(paramMissing(given));
  return ok({ templateCode: bound?.templateCode ?? code, params: given });
}

/** Values by the vendor's names; or the name of ours that the message lacks. */
function valuesByName(params: Readonly<Record<string, string>>, names: Binding['params']) {
  if (names === undefined) return params;
  const pairs = Array.isArray(names) ? names.map((name: string) => [name, name] as const) : Object.entries(names);
  const missing = pairs.find(([, ours]) => !Object.hasOwn(params, ours));
  return missing === undefined
    ? Object.fromEntries(pairs.map(([theirs, ours]) => [theirs, params[ours] ?? '']))
    : missing[1];
}

/** A variable stands within the template's line. */
function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

const templateMissing: Outcome = {
  kind: 'refused',
  because: 'content',
  code: 'template_missing',
  detail: 'Aliyun sends templates only: give sms.templateCode, or the account a templateCode and a textParam',
};
const textUnplaced: Outcome = {
  kind: 'refused',
  because: 'content',
  code: 'text_param_missing',
  detail: "the account's template has no place for a text: give sms.params, or the account a textParam",
};

function paramMissing(name: string): Outcome {
  return {
    kind: 'refused',
    because: 'content',
    code: 'param_missing',
    detail: `the template takes the variable "${name}", which sms.params lacks`,
  };
}
