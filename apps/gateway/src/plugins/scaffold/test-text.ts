/** Its contract test, for Node's own runner; with vitest one line is another. */
export function testText(name: string): string {
  return `import { test } from 'node:test'; // or from 'vitest'
import {
  channelContract,
  type DoubleReply,
  httpVendorContract,
  pluginHost,
  runContract,
} from '@posthorn/testkit';
import plugin, { type Content } from './${name}.ts';

const channel = plugin(pluginHost);
const [kind] = channel.providers;
if (kind === undefined) throw new Error('the channel has no provider');
const runner = { test, skip: test.skip };

// The rules about addresses and content, tried on these samples.
runContract(channelContract<Content>(), {
  runner,
  open: async () => ({
    channel,
    addresses: [
      { text: ' Night-Shift ', address: 'night-shift' },
      { text: 'ops1', address: 'ops1' },
    ],
    strangers: ['', 'me', 'night shift', 'someone@example.com'],
    neutral: { title: 'Disk', body: 'It is full', url: 'https://ops.example/17' },
    own: { text: 'Disk 1 is full' },
  }),
  close: async () => undefined,
});

const says = (body: object, status = 200): DoubleReply => ({ status, body: JSON.stringify(body) });

// How the vendor answers, as recorded or as its pages say; a double plays it, and a network that misbehaves.
const vendor = httpVendorContract<Content, unknown>({
  kind,
  settings: { token: 't0k3n-c4n4ry' },
  address: 'night-shift',
  content: { text: 'c4n4ry: disk 1 is full' },
  admits: ({ url, headers }) => url === '/messages' && headers.authorization === 'Bearer t0k3n-c4n4ry',
  replies: {
    accepts: says({ id: 'm-17' }),
    'refuses-address': says({ error: 'unknown_recipient' }),
    'refuses-content': says({ error: 'text_not_allowed' }),
    'rejects-credentials': says({ error: 'bad_token' }, 401),
    throttles: says({ error: 'too_many' }, 429),
    'fails-inside': says({ error: 'internal' }, 500),
  },
  keyOf: ({ headers }) => String(headers['idempotency-key']),
  canaries: ['t0k3n-c4n4ry', 'night-shift', 'c4n4ry: disk 1 is full'],
});

runContract(vendor.cases, { runner, open: vendor.open, close: vendor.close });
`;
}
