import { createPrivateKey } from 'node:crypto';
import type { Outcome, OutgoingDelivery, Provider, ProviderKind, ProviderTools } from '@posthorn/core';
import { z } from 'zod';
import { kindOf } from '../../address.ts';
import type { Content } from '../../content.ts';
import { foreignToken } from '../../foreign-token.ts';
import { appleHeadersOf } from '../../platform/apple.ts';
import { deliveringOf } from '../../platform/delivering.ts';
import { payloadLimit, payloadOf } from './apns-payload.ts';
import { outcomeOfAnswer } from './apns-reasons.ts';
import { AppleLine } from './apple-line.ts';
import { providerTokens } from './provider-token.ts';

/** developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns */
const hosts = { production: 'https://api.push.apple.com', sandbox: 'https://api.sandbox.push.apple.com' } as const;

const appleId = /^[A-Z0-9]{10}$/;
const settings = z.strictObject({
  teamId: z
    .string()
    .regex(appleId, 'a team id has ten letters and digits')
    .describe('the team id of the developer account'),
  keyId: z.string().regex(appleId, 'a key id has ten letters and digits').describe('the id of the signing key'),
  key: z
    .string()
    .refine(isSigningKey, 'key is no signing key of Apple: give it as { file: ./AuthKey_ABC123DEFG.p8 }')
    .describe('the text of the .p8 file'),
  topic: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,255}$/)
    .describe('the bundle id of the app'),
  environment: z
    .enum(['production', 'sandbox'])
    .default('production')
    .describe('sandbox: for builds that Xcode put on a device'),
});

/** Apple Push Notification service, asked directly. A resend is harmless: it replaces what it repeats. */
export const apns: ProviderKind<Content, z.infer<typeof settings>> = {
  name: 'apns',
  settings,
  secrets: ['key'],
  endpoint: hosts.production,
  onUncertain: 'retry',
  reference: async () => (await import('./apns-reference.ts')).reference,
  takes: ['apns'],
  open: openApns,
};

async function openApns(
  { teamId, keyId, key, topic, environment }: z.infer<typeof settings>,
  tools: ProviderTools,
): Promise<Provider<Content>> {
  const { SignJWT } = await import('jose');
  const { clock, timeoutMs } = tools;
  const tokens = providerTokens({ teamId, keyId, key: createPrivateKey(key) }, SignJWT, clock.now);
  const line = new AppleLine({ origin: tools.endpoint ?? new URL(hosts[environment]), timeoutMs, clock });
  return {
    async send(delivery, signal) {
      if (kindOf(delivery.address) !== 'apns') return foreignToken;
      const now = clock.now();
      const body = payloadOf(deliveringOf(delivery, now));
      if (Buffer.byteLength(body) > payloadLimit) return tooLarge(Buffer.byteLength(body));
      const headers = { ...headersOf(delivery, topic, now), authorization: `bearer ${await tokens.current()}` };
      const exchanged = await line.post({ path: `/3/device/${delivery.address}`, headers, body }, signal);
      if (exchanged.kind === 'answered') {
        const ownTopic = delivery.content.apns?.headers?.['apns-topic'] !== undefined;
        return outcomeOfAnswer(exchanged, { ownTopic, renew: tokens.discard, now: clock.now() });
      }
      const { code, detail } = exchanged;
      return exchanged.kind === 'unsent'
        ? { kind: 'deferred', scope: 'account', retryAfterMs: null, code, detail }
        : { kind: 'uncertain', code, detail };
    },
    async close() {
      line.close();
    },
  };
}

function headersOf(delivery: OutgoingDelivery<Content>, topic: string, now: number): Readonly<Record<string, string>> {
  const delivering = deliveringOf(delivery, now);
  return {
    'apns-topic': topic,
    'apns-push-type': delivering.visible ? 'alert' : 'background',
    // Our id is a UUID behind its prefix, and the same for every attempt.
    'apns-id': delivery.id.slice(-36),
    ...appleHeadersOf(delivering),
  };
}

function tooLarge(bytes: number): Outcome {
  const detail = `the message has ${bytes} bytes, and APNs takes ${payloadLimit}`;
  return { kind: 'refused', because: 'content', code: 'payload_too_large', detail };
}

function isSigningKey(pem: string): boolean {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}
