import { type Outcome, type OutgoingDelivery, ok, type Result } from '@posthorn/core';
import type { SmsContent } from '../../content.ts';
import { settingsFor } from '../abroad.ts';
import { type NumberedTemplateSettings, numberedTemplate } from '../numbered-template.ts';

/** What an account sends when a message does not say, and the channel number that it sends from. */
export interface HuaweiDefaults extends NumberedTemplateSettings {
  readonly from: string;
  readonly signature?: string;
  readonly abroad?: NumberedTemplateSettings['abroad'] & { readonly from?: string; readonly signature?: string };
}

/**
 * The form of batchSendSms for one number, or why there can be none. Numbers go as they are: the vendor takes a plus and the
 * country code, mainland or not. A signature counts with a universal template only; others have theirs by `from`.
 */
export function huaweiRequest(
  { id, address, content }: OutgoingDelivery<SmsContent>,
  own: HuaweiDefaults,
  callbackUrl: URL | null,
): Result<URLSearchParams, Outcome> {
  const template = numberedTemplate({ content, address }, own, 'Huawei');
  if (!template.ok) return template;
  const { templateId, values } = template.value;
  const { from, signature: ownSignature } = settingsFor(own, address);
  const signature = content.signName ?? ownSignature;
  return ok(
    new URLSearchParams({
      from,
      to: address,
      templateId,
      ...(values.length === 0 ? {} : { templateParas: JSON.stringify(values) }),
      ...(signature === undefined ? {} : { signature }),
      // Comes back in status reports; the same for all attempts.
      extend: id,
      ...(callbackUrl === null ? {} : { statusCallback: callbackUrl.href }),
    }),
  );
}
