import { createHmac, randomUUID } from 'node:crypto';
import { bareRequest } from '../bare-request.ts';
import { ours } from '../ours.ts';
import { jsonScript, type Race } from '../race.ts';

const key = Buffer.alloc(32, 7);
const title = 'Your parcel';
const text = 'It arrives today.';

/** A signed POST as Standard Webhooks has it. */
export const webhook: Race = {
  name: 'webhook',
  beside: 'signed node:http',
  goal: 'provider-webhook',
  vendor: jsonScript({}),
  async open(port) {
    const url = `http://127.0.0.1:${port}/hook`;
    const bare = bareRequest(() => {
      const id = randomUUID();
      const body = JSON.stringify({ notification: id, kind: 'transactional', title, body: text });
      const timestamp = String(Math.floor(Date.now() / 1_000));
      const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'bench',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${mac}`,
      };
      return { url, headers, body };
    });
    const { default: channel } = await import('@posthorn/channel-webhook');
    const settings = { secret: `whsec_${key.toString('base64')}` };
    const sending = { channel, provider: 'http', settings, endpoint: null, address: () => url };
    return { bare, ours: await ours({ ...sending, content: { title, text } }) };
  },
};
