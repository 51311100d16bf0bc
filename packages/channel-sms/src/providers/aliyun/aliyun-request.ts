import { fail, type Outcome, type OutgoingDelivery, ok, type Result } from '@posthorn/core';
import { isMainland } from '../../address.ts';
import type { SmsContent } from '../../content.ts';

/** What an account sends when a message does not say. */
export interface AliyunDefaults {
  readonly signName?: string;
  readonly templateCode?: string;
  /** The variable of that template which takes a whole text. */
  readonly textParam?: string;
}

/** The parameters of SendSms, for one number. */
export interface AliyunRequest {
  readonly phoneNumbers: string;
  readonly templateCode: string;
  readonly signName?: string;
  readonly templateParam?: string;
  readonly outId: string;
}

/** The request of a delivery, or why there can be none: without template and signature the vendor need not be asked. */
export function aliyunRequest(
  { id, address, content }: OutgoingDelivery<SmsContent>,
  defaults: AliyunDefaults,
): Result<AliyunRequest, Outcome> {
  const templateCode = content.templateCode ?? defaults.templateCode;
  if (templateCode === undefined) return fail(templateMissing);
  const params = paramsOf(content, defaults);
  if (params === null) return fail(textUnplaced);
  const signName = content.signName ?? defaults.signName;
  if (signName === undefined && isMainland(address)) return fail(signatureMissing);
  return ok({
    phoneNumbers: aliyunNumber(address),
    templateCode,
    ...(signName === undefined ? {} : { signName }),
    ...(Object.keys(params).length === 0 ? {} : { templateParam: JSON.stringify(params) }),
    outId: id,
  });
}

/** Mainland numbers go without country code, all others with it and without plus (SendSms, "PhoneNumbers"). */
export function aliyunNumber(address: string): string {
  return isMainland(address) ? address.slice('+86'.length) : address.slice('+'.length);
}

/**
 * The template's variables. A message without template is put into the account's own, its text as the variable `textParam`;
 * null when that template has no place for the text.
 */
function paramsOf(content: SmsContent, { textParam }: AliyunDefaults): Readonly<Record<string, string>> | null {
  const { templateCode, params, text } = content;
  if (templateCode !== undefined || text === undefined || params !== undefined) return params ?? {};
  return textParam === undefined ? null : { [textParam]: inOneLine(text) };
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
const signatureMissing: Outcome = {
  kind: 'refused',
  because: 'content',
  code: 'sign_name_missing',
  detail: 'a mainland number needs a signature: give sms.signName, or the account a signName',
};
