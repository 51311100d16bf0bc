import type { OptOut } from '@posthorn/core';
import { isMainland } from './address.ts';
import type { SmsContent } from './content.ts';

/**
 * How marketing on the mainland tells to stop it: 拒收请回复R, and what carriers accept for it, such as 退订回T, 回复TD退订 or
 * 回T退订. The letters may be full-width, the words spaced.
 */
const optOutWords =
  /(?:拒收|退订)[\s,，:：]*(?:请)?\s*(?:回复?|发送?)\s*[RTN][DN]?|(?:回复?|发送?)\s*[RTN][DN]?\s*(?:拒收|退订)/iu;

/** Vendors add nothing by themselves: without these words the carriers stop the message, and then its signature. */
export function optOutOf({ templateCode, text }: SmsContent, address: string): OptOut {
  if (!isMainland(address)) return { kind: 'needless' };
  if (templateCode !== undefined || text === undefined)
    return { kind: 'unknown', detail: 'only the vendor knows what its template says: it must end with 拒收请回复R' };
  return optOutWords.test(text.normalize('NFKC')) ? { kind: 'told' } : missing;
}

const missing: OptOut = {
  kind: 'missing',
  detail: 'marketing to mainland China must say how to stop it: end the text with 拒收请回复R',
};
