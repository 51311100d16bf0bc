import { type Channel, defineChannel, type ProviderKind } from '@posthorn/core';
import { maskAddress, parseAddress } from './address.ts';
import { type Content, contentSchema, render } from './content.ts';
import { fold } from './digest.ts';
import { dingtalk } from './providers/dingtalk.ts';
import { feishu } from './providers/feishu.ts';
import { slack } from './providers/slack.ts';
import { wecom } from './providers/wecom.ts';

export type { Content } from './content.ts';

/** Every vendor of this channel: a new one is a file beside the others, its test, and a line here. */
const providers: readonly ProviderKind<Content>[] = [dingtalk, wecom, feishu, slack];

/** Robots of group chats: an account is a robot in one chat, and its name is the address. */
export const chat: Channel<Content> = defineChannel<Content>({
  api: 1,
  name: 'chat',
  addressKey: 'chat',
  maxAddresses: 1,
  addressNamesAccount: true,
  content: contentSchema,
  // Long enough to outlast ten minutes of a muted robot; alarms of an hour ago help nobody.
  retry: { maxAttempts: 8, baseMs: 10_000, capMs: 600_000 },
  // Accounts with `use: sandbox` and these names play faults.
  sandbox: {
    'sandbox-refused': 'refused',
    'sandbox-deferred': 'deferred',
    'sandbox-misconfigured': 'misconfigured',
    'sandbox-hang': 'hang',
    'sandbox-uncertain': 'uncertain',
    'sandbox-delivered': 'delivered',
    'sandbox-undelivered': 'undelivered',
    'sandbox-found': 'found',
    'sandbox-lost': 'lost',
  },
  providers,
  parseAddress,
  maskAddress,
  render,
  fold,
});

export default chat;
