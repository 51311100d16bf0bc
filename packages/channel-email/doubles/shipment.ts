import type { DeliveryId, NotificationId, OutgoingDelivery, Provider } from '@posthorn/core';
import { type TestTools, testTools } from '@posthorn/testkit';
import type { Content } from '../src/content.ts';
import { smtp } from '../src/providers/smtp.ts';
import type { SmtpSettings } from '../src/providers/smtp-settings.ts';

/** A delivery to send, with what a test wants to see in it. */
export function shipment(content: Partial<Content> = {}, address = 'li@shop.example'): OutgoingDelivery<Content> {
  return {
    id: 'dlv_01890000-0000-7000-8000-000000001000' as DeliveryId,
    notification: 'ntf_01890000-0000-7000-8000-000000000000' as NotificationId,
    channel: 'email',
    address,
    content: { subject: 'Hello', text: 'Hello there', ...content },
    attempt: 1,
    kind: 'transactional',
    priority: 'normal',
    expiresAt: null,
  };
}

/** An account at a server on this machine, as the config would open it. */
export function account(
  port: number,
  settings: Partial<SmtpSettings> = {},
  tools: TestTools = testTools(),
): Promise<Provider<Content>> {
  return smtp.open({ host: '127.0.0.1', port, from: 'Shop <no-reply@shop.example>', ...settings }, tools);
}

export function patience(ms = 1_500): AbortSignal {
  return AbortSignal.timeout(ms);
}
