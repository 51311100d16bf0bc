import type { EgressTarget, Outcome, Provider, ProviderKind, ProviderTools } from '@posthorn/core';
import { z } from 'zod';
import type { Content } from '../../content.ts';
import { foreignToken } from '../../foreign-token.ts';
import { deliveringOf } from '../../platform/delivering.ts';
import { readSubscription } from '../../subscription.ts';
import { encrypted, plaintextLimit } from './encryption.ts';
import { belongTogether, openVapid } from './vapid.ts';
import { blockedAddress, outcomeOfAnswer } from './web-answers.ts';
import { headersOf, payloadOf } from './web-message.ts';

const settings = z
  .strictObject({
    publicKey: z
      .string()
      .regex(/^[A-Za-z0-9_-]{87}$/, 'a public VAPID key has 87 base64url characters')
      .describe('the public VAPID key, for which the site subscribes its visitors (applicationServerKey)'),
    privateKey: z
      .string()
      .regex(/^[A-Za-z0-9_-]{43}$/, 'a private VAPID key has 43 base64url characters')
      .describe('the private VAPID key'),
    subject: z
      .string()
      .regex(/^(?:mailto:[^\s@]+@[^\s@]+|https:\/\/[^\s/]+\S*)$/, 'write mailto:you@example.com or an https address')
      .describe('whom a push service may ask about messages: a mailto: or https: address'),
  })
  .superRefine((keys, context) => {
    if (!belongTogether(keys))
      context.addIssue({ code: 'custom', path: ['privateKey'], message: 'privateKey and publicKey are no pair' });
  });

/** Browsers, through the push service of each (RFC 8030, 8291 and 8292). A resend is harmless: it replaces what it repeats. */
export const webpush: ProviderKind<Content, z.infer<typeof settings>> = {
  name: 'webpush',
  settings,
  secrets: ['privateKey'],
  endpoint: null,
  onUncertain: 'retry',
  reference: async () => (await import('./web-reference.ts')).reference,
  takes: ['webpush'],
  open: openWebpush,
};

async function openWebpush(
  { subject, ...keys }: z.infer<typeof settings>,
  { endpoint, egress, forbids, clock }: ProviderTools,
): Promise<Provider<Content>> {
  const { SignJWT } = await import('jose');
  const vapid = openVapid(keys, subject, SignJWT, clock.now);
  /** Whoever set another endpoint knows where it is; the subscriptions are strangers'. */
  const targetOf = (subscribed: URL): EgressTarget =>
    endpoint === null ? { url: subscribed } : { url: standIn(endpoint, subscribed), namedBy: 'operator' };
  return {
    refuses(address) {
      const subscription = readSubscription(address);
      const detail = subscription.ok ? forbids(targetOf(subscription.value.endpoint)) : null;
      return detail === null ? null : { code: blockedAddress, detail };
    },
    async send(delivery, signal) {
      const subscription = readSubscription(delivery.address);
      if (!subscription.ok) return foreignToken;
      const delivering = deliveringOf(delivery, clock.now());
      const payload = Buffer.from(payloadOf(delivering));
      if (payload.length > plaintextLimit) return tooLarge(payload.length);
      const { endpoint: target } = subscription.value;
      const answer = await egress({
        method: 'POST',
        ...targetOf(target),
        headers: {
          ...headersOf(delivering),
          authorization: await vapid.headerFor(target.origin),
          'content-type': 'application/octet-stream',
          'content-encoding': 'aes128gcm',
        },
        body: encrypted(payload, subscription.value),
        signal,
      });
      return outcomeOfAnswer(answer, clock.now());
    },
  };
}

/** The same path at another place, for a proxy or a double. */
function standIn(endpoint: URL, { pathname, search }: URL): URL {
  return new URL(`${endpoint.origin}${endpoint.pathname.replace(/\/+$/, '')}${pathname}${search}`);
}

function tooLarge(bytes: number): Outcome {
  const detail = `the message has ${bytes} bytes, and push services take ${plaintextLimit}`;
  return { kind: 'refused', because: 'content', code: 'payload_too_large', detail };
}
