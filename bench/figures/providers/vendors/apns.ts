import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { ours } from '../ours.ts';
import type { Contender, Race } from '../race.ts';

const address = (number: number) => `a1b2c3d4${String(number).padStart(56, '0')}`;
const title = 'Your parcel';
const body = 'It arrives today.';
const topic = 'com.example.bench';

/** One session, as Apple wants it, and one token for all messages. */
export const apns: Race = {
  name: 'apns',
  beside: 'node:http2',
  goal: 'provider-apns',
  vendor: { protocol: 'http2', status: 200, type: 'application/json', body: '' },
  async open(port) {
    const origin = `http://127.0.0.1:${port}`;
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const settings = { teamId: 'TEAM123456', keyId: 'KEY1234567', key, topic };
    const { default: channel } = await import('@posthorn/channel-push');
    const sending = { channel, provider: 'apns', settings, endpoint: origin, address, content: { title, body } };
    return { bare: await bareApns(origin, key), ours: await ours(sending) };
  },
};

async function bareApns(origin: string, key: string): Promise<Contender> {
  const head = { alg: 'ES256', kid: 'KEY1234567' };
  const claims = { iss: 'TEAM123456', iat: Math.floor(Date.now() / 1_000) };
  const signed = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  const authorization = `bearer ${signed}.${signature}`;
  const session = connect(origin);
  await once(session, 'connect');
  return {
    send(number) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const id = randomUUID();
      const stream = session.request({
        ':method': 'POST',
        ':path': `/3/device/${address(number)}`,
        'apns-topic': topic,
        'apns-push-type': 'alert',
        'apns-id': id,
        // The same message: a resend of it replaces what it repeats.
        'apns-collapse-id': id,
        authorization,
      });
      let status = 0;
      const parts: Buffer[] = [];
      stream.on('response', (headers) => {
        status = headers[':status'] ?? 0;
      });
      stream.on('data', (part: Buffer) => void parts.push(part));
      stream.on('end', () => {
        Buffer.concat(parts).toString();
        if (status === 200) resolve();
        else reject(new Error(`the double answered ${status}`));
      });
      stream.on('error', reject);
      stream.end(JSON.stringify({ aps: { alert: { title, body } } }));
      return promise;
    },
    close: async () => session.destroy(),
  };
}
