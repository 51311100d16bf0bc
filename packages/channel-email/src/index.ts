import { type Channel, defineChannel, type ProviderKind, type RetryPolicy, type SandboxFault } from '@posthorn/core';
import { maskAddress, parseAddress } from './address.ts';
import { type Content, content, render } from './content.ts';
import { smtp } from './providers/smtp.ts';

export type { Attachment } from './attachment.ts';
export type { Content } from './content.ts';

/** The whole list: a provider that is added here is in the config, the schema and the documentation. */
const providers = [smtp] satisfies readonly ProviderKind<Content>[];

/**
 * Mail may wait: RFC 5321 §4.5.4.1 asks for days, but the SMTP server behind an account keeps its own queue, so what
 * is left for us are its outages and greylists (five minutes and more). The waits double from at most half a minute to at
 * most two hours: some two hours in all on average, four at most.
 */
const retry: RetryPolicy = { maxAttempts: 10, baseMs: 30_000, capMs: 2 * 3_600_000 };

/**
 * Magic addresses of sandbox accounts. `.example` is reserved (RFC 2606): none of them can ever be somebody's.
 *
 * | address                                 | what happens                                                 |
 * |-----------------------------------------|--------------------------------------------------------------|
 * | refused@sandbox.posthorn.example        | the mailbox does not exist: refused                          |
 * | deferred@sandbox.posthorn.example       | asked to wait: tried again                                   |
 * | misconfigured@sandbox.posthorn.example  | our credentials are rejected: the account's breaker opens    |
 * | hang@sandbox.posthorn.example           | no answer until the attempt's time is over                   |
 * | uncertain@sandbox.posthorn.example      | kept, then the connection breaks                             |
 * | delivered@sandbox.posthorn.example      | accepted, then a receipt: delivered                          |
 * | undelivered@sandbox.posthorn.example    | accepted, then a receipt: undelivered (a bounce)             |
 * | found@sandbox.posthorn.example          | kept, then the connection breaks; known when asked           |
 * | lost@sandbox.posthorn.example           | the connection breaks before; known when asked, kept later   |
 *
 * Any other address is accepted and kept in the inbox.
 */
const sandbox: Readonly<Record<string, SandboxFault>> = {
  'refused@sandbox.posthorn.example': 'refused',
  'deferred@sandbox.posthorn.example': 'deferred',
  'misconfigured@sandbox.posthorn.example': 'misconfigured',
  'hang@sandbox.posthorn.example': 'hang',
  'uncertain@sandbox.posthorn.example': 'uncertain',
  'delivered@sandbox.posthorn.example': 'delivered',
  'undelivered@sandbox.posthorn.example': 'undelivered',
  'found@sandbox.posthorn.example': 'found',
  'lost@sandbox.posthorn.example': 'lost',
};

export const email: Channel<Content> = defineChannel<Content>({
  api: 1,
  name: 'email',
  addressKey: 'email',
  maxAddresses: 1,
  content,
  retry,
  sandbox,
  providers,
  parseAddress,
  maskAddress,
  render,
});

export default email;
