import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { type DeliveryId, isDeliveryId, type Lane } from '@posthorn/core';
import { below } from '../callbacks/callback-addresses.ts';

/** Who wants no more of what, as a link says it. */
export interface UnsubscribeWish {
  readonly lane: Lane;
  readonly delivery: DeliveryId;
  /** In the channel's normal form. */
  readonly address: string;
}

/** The addresses in mails by which their receivers get no more: they work for as long as the key, whatever the store has forgotten. */
export interface UnsubscribeLinks {
  /** Null without a public URL that begins with https: nobody is to send such a wish over an open line. */
  readonly urlOf: ((wish: UnsubscribeWish) => URL) | null;
  /** What a token stands for; null for what is none of ours. */
  read(token: string): UnsubscribeWish | null;
}

const nonceBytes = 12;
const tagBytes = 16;
/** No address makes a longer one. */
const longestToken = 4_000;
/** Tokens come in steps of so many bytes: their lengths do not tell those of addresses. */
const stepBytes = 64;

/**
 * Encrypted and signed at once (AES-256-GCM), with a nonce drawn from what is said: the same delivery has the same link at
 * every attempt, and no two different ones share a nonce.
 */
export function unsubscribeLinks(secret: Buffer, publicUrl: URL | null): UnsubscribeLinks {
  const nonceKey = createHmac('sha256', secret).update('nonce').digest();
  const cipherKey = createHmac('sha256', secret).update('cipher').digest();
  const tokenOf = (wish: UnsubscribeWish): string => {
    const plain = plainOf(wish);
    const nonce = createHmac('sha256', nonceKey).update(plain).digest().subarray(0, nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', cipherKey, nonce);
    return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  };
  return {
    urlOf: publicUrl?.protocol === 'https:' ? (wish) => below(publicUrl, `unsubscribe/${tokenOf(wish)}`) : null,
    read(token) {
      if (token.length > longestToken) return null;
      const bytes = Buffer.from(token, 'base64url');
      if (bytes.length <= nonceBytes + tagBytes) return null;
      const decipher = createDecipheriv('aes-256-gcm', cipherKey, bytes.subarray(0, nonceBytes));
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      const plain = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
      try {
        decipher.final();
      } catch {
        return null;
      }
      return wishOf(plain);
    },
  };
}

function plainOf({ lane, delivery, address }: UnsubscribeWish): Buffer {
  const text = Buffer.from(JSON.stringify([delivery, lane.channel, lane.account, address]));
  return Buffer.concat([text, Buffer.alloc(stepBytes - (text.length % stepBytes), ' ')]);
}

/** It was signed, so it is what `plainOf` wrote, if perhaps in an older version. */
function wishOf(plain: Buffer): UnsubscribeWish | null {
  const said: unknown = JSON.parse(plain.toString());
  if (!Array.isArray(said) || !said.every((word) => typeof word === 'string')) return null;
  const [delivery = '', channel, account, address] = said;
  if (!isDeliveryId(delivery) || channel === undefined || account === undefined || address === undefined) return null;
  return { delivery, lane: { channel, account }, address };
}
