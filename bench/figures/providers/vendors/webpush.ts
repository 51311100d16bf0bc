import { randomBytes, randomUUID } from 'node:crypto';
import { freshKeys, vapidKeys } from '../../vapid-keys.ts';
import { bareRequest } from '../bare-request.ts';
import { ours } from '../ours.ts';
import type { Race } from '../race.ts';

const title = 'Your parcel';
const body = 'It arrives today.';

/** One subscription: its keys cost the same for everyone. The signature of VAPID is made once for a push service. */
export const webpush: Race = {
  name: 'webpush',
  beside: 'http_ece and node:http',
  goal: 'provider-webpush',
  vendor: { status: 201, type: 'text/plain', body: '' },
  async open(port) {
    // What `web-push` and most others encrypt with.
    const { encrypt } = await import('http_ece');
    const { publicKey, privateKey } = vapidKeys();
    const dh = freshKeys().getPublicKey('base64url');
    const authSecret = randomBytes(16).toString('base64url');
    const path = `/wpush/v2/${'gAAAAAB'.repeat(20)}`;
    const authorization = `vapid t=${'eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9'.repeat(5)}, k=${publicKey}`;
    const bare = bareRequest(() => {
      const key = randomUUID().replaceAll('-', '');
      const payload = Buffer.from(JSON.stringify({ notification: { tag: key, title, body } }));
      const salt = randomBytes(16).toString('base64url');
      const headers = {
        ttl: '2419200',
        topic: key,
        authorization,
        'content-type': 'application/octet-stream',
        'content-encoding': 'aes128gcm',
      };
      const secrets = { version: 'aes128gcm', dh, privateKey: freshKeys(), salt, authSecret } as const;
      return { url: `http://127.0.0.1:${port}${path}`, headers, body: encrypt(payload, secrets) };
    });
    const { default: channel } = await import('@posthorn/channel-push');
    const settings = { publicKey, privateKey, subject: 'mailto:bench@example.com' };
    const address = JSON.stringify({
      endpoint: `https://updates.push.example${path}`,
      keys: { p256dh: dh, auth: authSecret },
    });
    const sending = { channel, provider: 'webpush', settings, endpoint: `http://127.0.0.1:${port}` };
    return { bare, ours: await ours({ ...sending, address: () => address, content: { title, body } }) };
  },
};
