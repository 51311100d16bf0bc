import { fail, type Outcome, type OutgoingDelivery, ok, type Result } from '@posthorn/core';
import { isMainland } from '../../address.ts';
import type { SmsContent } from '../../content.ts';
import { settingsFor } from '../abroad.ts';
import { type NumberedTemplateSettings, numberedTemplate } from '../numbered-template.ts';

/** What an account sends when a message does not say, and the application that it sends for. */
export interface TencentDefaults extends NumberedTemplateSettings {
  readonly sdkAppId: string;
  readonly signName?: string;
  readonly abroad?: NumberedTemplateSettings['abroad'] & { readonly signName?: string };
}

/** The body of SendSms, for one number. */
export interface TencentRequest {
  readonly PhoneNumberSet: readonly [string];
  readonly SmsSdkAppId: string;
  readonly SignName?: string;
  readonly TemplateId: string;
  readonly TemplateParamSet: readonly string[];
  /** Comes back in the answer and in receipts; the same for all attempts. */
  readonly SessionContext: string;
}

/** The request of a delivery, or why there can be none. Numbers go as they are: SendSms takes E.164, mainland or not. */
export function tencentRequest(
  { id, address, content }: OutgoingDelivery<SmsContent>,
  own: TencentDefaults,
): Result<TencentRequest, Outcome> {
  const template = numberedTemplate({ content, address }, own, 'Tencent');
  if (!template.ok) return template;
  const signName = content.signName ?? settingsFor(own, address).signName;
  if (signName === undefined && isMainland(address)) return fail(signatureMissing);
  return ok({
    PhoneNumberSet: [address],
    SmsSdkAppId: own.sdkAppId,
    ...(signName === undefined ? {} : { SignName: signName }),
    TemplateId: template.value.templateId,
    TemplateParamSet: template.value.values,
    SessionContext: id,
  });
}

const signatureMissing: Outcome = {
  kind: 'refused',
  because: 'content',
  code: 'sign_name_missing',
  detail: 'a mainland number needs a signature: give sms.signName, or the account a signName',
};
