import { type Channel, defineChannel, standardWebhooksSchedule } from '@posthorn/core';
import { flowOf, maskAddress, parseAddress } from './address.ts';
import { type Content, contentSchema, render } from './content.ts';
import { http } from './http/http.ts';

export type { Content } from './content.ts';

/** Any HTTP endpoint: the address is its URL, and each is a server of its own. */
export const webhook: Channel<Content> = defineChannel<Content>({
  api: 1,
  name: 'webhook',
  addressKey: 'webhook',
  maxAddresses: 1,
  content: contentSchema,
  retry: standardWebhooksSchedule,
  // Names that nobody can own (RFC 2606).
  sandbox: {
    'https://refused.sandbox.example/': 'refused',
    'https://deferred.sandbox.example/': 'deferred',
    'https://misconfigured.sandbox.example/': 'misconfigured',
    'https://hang.sandbox.example/': 'hang',
    'https://uncertain.sandbox.example/': 'uncertain',
    'https://delivered.sandbox.example/': 'delivered',
    'https://undelivered.sandbox.example/': 'undelivered',
    'https://found.sandbox.example/': 'found',
    'https://lost.sandbox.example/': 'lost',
  },
  providers: [http],
  flowOf,
  parseAddress,
  maskAddress,
  render,
});

export default webhook;
