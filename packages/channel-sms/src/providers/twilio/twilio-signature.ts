import { createHmac } from 'node:crypto';

/**
 * `X-Twilio-Signature` of a form that was posted to an address ("Webhooks security"): the address as the vendor was told it,
 * query included, and every field with its value, sorted by name; a field that comes more than once counts once for each
 * value that differs.
 */
export function twilioSignature(url: string, form: URLSearchParams, authToken: string): string {
  const names = [...new Set(form.keys())].toSorted();
  const fields = names.flatMap((name) => [...new Set(form.getAll(name))].toSorted().map((value) => name + value));
  return createHmac('sha1', authToken)
    .update(url + fields.join(''))
    .digest('base64');
}
