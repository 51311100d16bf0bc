import { fail, type Outcome, type OutgoingDelivery, ok, type Result } from '@posthorn/core';
import { isMainland } from '../../address.ts';
import type { SmsContent } from '../../content.ts';
import { settingsFor } from '../abroad.ts';
import { type AliyunTemplateSettings, aliyunTemplate } from './aliyun-template.ts';

/** What an account sends when a message does not say. */
export interface AliyunDefaults extends AliyunTemplateSettings {
  readonly signName?: string;
  readonly abroad?: AliyunTemplateSettings['abroad'] & { readonly signName?: string };
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
  const template = aliyunTemplate({ content, address }, defaults);
  if (!template.ok) return template;
  const { templateCode, params } = template.value;
  const signName = content.signName ?? settingsFor(defaults, address).signName;
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

const signatureMissing: Outcome = {
  kind: 'refused',
  because: 'content',
  code: 'sign_name_missing',
  detail: 'a mainland number needs a signature: give sms.signName, or the account a signName',
};
