import type { ChannelSetup, Clock, Outbox } from '@posthorn/core';
import { type Answer, type ApiRoute, open } from '../http/route.ts';
import type { UnsubscribeLinks, UnsubscribeWish } from './unsubscribe-links.ts';
import { confirmation, nothingHere, question } from './unsubscribe-page.ts';

export interface UnsubscribeTools {
  readonly links: Pick<UnsubscribeLinks, 'read'>;
  readonly channels: ReadonlyMap<string, ChannelSetup>;
  readonly outbox: Pick<Outbox, 'hear'>;
  readonly clock: Clock;
}

/**
 * What stands in `List-Unsubscribe` (RFC 8058): no login, and the mailbox provider's POST is the whole of it, whatever its
 * body. A made-up token costs a decryption and reads nothing from the store.
 */
export function unsubscribeRoutes(tools: UnsubscribeTools): readonly ApiRoute[] {
  const { links } = tools;
  return [
    open('GET', '/unsubscribe/:token', (context) => {
      const isOurs = links.read(context.req.param('token') ?? '') !== null;
      return isOurs ? html(question, 200) : html(nothingHere, 404);
    }),
    open('POST', '/unsubscribe/:token', async (context) => {
      const wish = links.read(context.req.param('token') ?? '');
      if (wish === null) return html(nothingHere, 404);
      await keep(wish, tools);
      return html(confirmation, 200);
    }),
  ];
}

/** The same as what a vendor's callback says for a person: it is on the disk before they are told. */
async function keep({ lane, delivery, address }: UnsubscribeWish, { channels, outbox, clock }: UnsubscribeTools) {
  const now = clock.now();
  const masked = channels.get(lane.channel)?.channel.maskAddress(address) ?? '***';
  const detail = `by the link in ${delivery}`;
  const news = [{ kind: 'wish', wish: 'unsubscribe', address, masked, detail, at: now }] as const;
  await outbox.hear({ lane, traced: false, news, now });
}

function html(body: string, status: number): Answer {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  };
  return { status, body, headers };
}
