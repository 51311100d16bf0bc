import { defineChannel } from '@posthorn/core';
import { kindOf, maskAddress, parseAddress } from './address.ts';
import { type Content, contentSchema, measure, render } from './content.ts';
import { apns } from './providers/apns/apns.ts';
import { fcm } from './providers/fcm/fcm.ts';
import { webpush } from './providers/webpush/webpush.ts';

export type { Content } from './content.ts';

/** Push messages to the devices of a person: one token of one device is one address. */
export const push = defineChannel<Content>({
  api: 1,
  name: 'push',
  addressKey: 'push',
  maxAddresses: 100,
  content: contentSchema,
  // Google asks for waits from 10 s on after its failures; eight tries last about half an hour, a push is stale later.
  retry: { maxAttempts: 8, baseMs: 10_000, capMs: 600_000 },
  // A day apart, since vendors called living tokens dead for hours before; and none while many of an account look dead.
  pruning: {
    strikes: { most: 2, apartMs: 86_400_000, withinMs: 30 * 86_400_000, restMs: 30 * 86_400_000 },
    alarm: { windowMs: 600_000, leastSends: 50, mostDeadShare: 0.2, witnessMs: 86_400_000 },
  },
  /*
   * | token                                            | the sandbox plays                                  |
   * |--------------------------------------------------|----------------------------------------------------|
   * | posthorn-sandbox-refused-0000000000000000        | unknown device: refused                            |
   * | posthorn-sandbox-deferred-0000000000000000       | asks to wait two seconds                           |
   * | posthorn-sandbox-misconfigured-0000000000000000  | rejects our credentials                            |
   * | posthorn-sandbox-hang-0000000000000000           | never answers                                      |
   * | posthorn-sandbox-uncertain-0000000000000000      | takes the message, then the line breaks            |
   * | posthorn-sandbox-delivered-0000000000000000      | accepts, a receipt says delivered a second later   |
   * | posthorn-sandbox-undelivered-0000000000000000    | accepts, a receipt says undelivered a second later |
   * | posthorn-sandbox-found-0000000000000000          | takes it, the line breaks; it knows when asked     |
   * | posthorn-sandbox-lost-0000000000000000           | the line breaks before; it knows, and takes it then|
   */
  sandbox: {
    'posthorn-sandbox-refused-0000000000000000': 'refused',
    'posthorn-sandbox-deferred-0000000000000000': 'deferred',
    'posthorn-sandbox-misconfigured-0000000000000000': 'misconfigured',
    'posthorn-sandbox-hang-0000000000000000': 'hang',
    'posthorn-sandbox-uncertain-0000000000000000': 'uncertain',
    'posthorn-sandbox-delivered-0000000000000000': 'delivered',
    'posthorn-sandbox-undelivered-0000000000000000': 'undelivered',
    'posthorn-sandbox-found-0000000000000000': 'found',
    'posthorn-sandbox-lost-0000000000000000': 'lost',
  },
  providers: [fcm, apns, webpush],
  kindOf,
  parseAddress,
  maskAddress,
  render,
  measure,
});

export default push;
