import { randomUUID } from 'node:crypto';
import type { Outcome, Provider, ProviderKind, ProviderTools } from '@posthorn/core';
import { z } from 'zod';
import { kindOf } from '../../address.ts';
import type { Content } from '../../content.ts';
import { foreignToken } from '../../foreign-token.ts';
import { accessTokenSource } from './access-token.ts';
import { FcmAgent, Flight } from './fcm-agent.ts';
import { outcomeOfError, outcomeOfLoss } from './fcm-errors.ts';
import { messageOf } from './fcm-message.ts';
import { serviceAccountOf, serviceAccountText } from './service-account.ts';

const settings = z.strictObject({
  serviceAccount: serviceAccountText.describe("the JSON text of a service account's key file"),
});

/** Firebase Cloud Messaging (HTTP v1) through firebase-admin. A resend is harmless: it replaces what it repeats. */
export const fcm: ProviderKind<Content, z.infer<typeof settings>> = {
  name: 'fcm',
  settings,
  secrets: ['serviceAccount'],
  endpoint: 'https://fcm.googleapis.com',
  onUncertain: 'retry',
  reference: async () => (await import('./fcm-reference.ts')).reference,
  takes: ['fcm'],
  open: ({ serviceAccount }, tools) => openFcm(serviceAccount, tools),
};

async function openFcm(serviceAccount: string, tools: ProviderTools): Promise<Provider<Content>> {
  const account = serviceAccountOf(serviceAccount);
  const { deleteApp, initializeApp } = await import('firebase-admin/app');
  const { getMessaging } = await import('firebase-admin/messaging');
  const agent = new FcmAgent(tools.endpoint, tools.concurrency);
  // An agent of its own: the token is for all sends, and must not wait for, or end with, one of them.
  const tokenAgent = new FcmAgent(tools.endpoint, 1);
  const credential = accessTokenSource(account, tokenAgent, tools);
  // The SDK keeps apps by name for the whole process, and a reload opens an account before it closes the old one.
  const name = `${tools.account}-${randomUUID()}`;
  const app = initializeApp({ projectId: account.projectId, httpAgent: agent, credential }, name);
  const messaging = getMessaging(app);
  messaging.enableLegacyHttpTransport();
  forbidRetries(messaging);
  let closed = false;
  return {
    send(delivery, signal) {
      if (kindOf(delivery.address) !== 'fcm') return Promise.resolve(foreignToken);
      return new Promise((resolve) => {
        const flight = new Flight(signal, (loss, stage) => resolve(outcomeOfLoss(loss, stage)));
        const land = (outcome: Outcome) => {
          flight.land();
          resolve(outcome);
        };
        agent
          .follow(flight, async () => messaging.send(messageOf(delivery, tools.clock.now())))
          .then(
            (name: unknown) => land(accepted(name)),
            (error: unknown) => land(outcomeOfError(error, flight, tools.clock.now())),
          );
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      await deleteApp(app);
      agent.destroy();
      tokenAgent.destroy();
    },
  };
}

/** `projects/shop/messages/0:1500...`. An answer without it is no proof that FCM took the message. */
function accepted(messageName: unknown): Outcome {
  return typeof messageName === 'string' && messageName !== ''
    ? { kind: 'accepted', vendorId: messageName }
    : { kind: 'uncertain', code: 'unreadable_answer', detail: 'FCM answered without naming the message' };
}

/**
 * The SDK repeats a request up to four times by itself, which turns one attempt into five requests and 80 seconds, and it
 * has no setting for it. So its inner client is told; an SDK that is built differently must not start unnoticed.
 */
export function forbidRetries(messaging: object): void {
  const { messagingRequestHandler: handler } = messaging as {
    messagingRequestHandler?: { httpClient?: { retry?: { maxRetries?: unknown } } };
  };
  const retry = handler?.httpClient?.retry;
  if (typeof retry?.maxRetries !== 'number')
    throw new Error('this version of firebase-admin hides its retries; the fcm provider works with 14.5');
  retry.maxRetries = 0;
}
