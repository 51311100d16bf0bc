import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { ClientRequestArgs } from 'node:http';
import { Agent } from 'node:https';
import { connect } from 'node:net';
import { ours } from '../ours.ts';
import { type Contender, inFlight, jsonScript, type Race } from '../race.ts';

const address = (number: number) => `dT3_k-9QSfe0:APA91b${'xY7_z-'.repeat(20)}${String(number).padStart(12, '0')}`;
const title = 'Your parcel';
const body = 'It arrives today.';

/** The SDK's addresses are constants: only the line below can lead to a double. */
class DoubleAgent extends Agent {
  readonly #port: number;
  constructor(port: number) {
    super({ keepAlive: true, maxSockets: inFlight, maxFreeSockets: inFlight });
    this.#port = port;
  }
  override createConnection(_options: ClientRequestArgs) {
    return connect({ host: '127.0.0.1', port: this.#port });
  }
}

export const fcm: Race = {
  name: 'fcm',
  beside: 'firebase-admin over HTTP/1.1',
  goal: 'provider-fcm',
  vendor: jsonScript({ name: 'projects/bench/messages/0:1500' }),
  async open(port) {
    const { deleteApp, initializeApp } = await import('firebase-admin/app');
    const { getMessaging } = await import('firebase-admin/messaging');
    const httpAgent = new DoubleAgent(port);
    const credential = { getAccessToken: async () => ({ access_token: 'ya29.bench', expires_in: 3_599 }) };
    const app = initializeApp({ projectId: 'bench', httpAgent, credential }, 'bare');
    const messaging = getMessaging(app);
    messaging.enableLegacyHttpTransport();
    const bare: Contender = {
      async send(number) {
        // The same message: a resend of it replaces what it repeats, on every platform.
        const key = randomUUID();
        await messaging.send({
          token: address(number),
          notification: { title, body },
          android: { notification: { tag: key } },
          apns: { headers: { 'apns-collapse-id': key } },
          webpush: { headers: { Topic: key.replaceAll('-', '') } },
        });
      },
      async close() {
        await deleteApp(app);
        httpAgent.destroy();
      },
    };
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const serviceAccount = JSON.stringify({
      type: 'service_account',
      project_id: 'bench',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      client_email: 'sender@bench.iam.gserviceaccount.com',
    });
    const { default: channel } = await import('@posthorn/channel-push');
    const sending = { provider: 'fcm', settings: { serviceAccount }, endpoint: `http://127.0.0.1:${port}` };
    return { bare, ours: await ours({ channel, ...sending, address, content: { title, body } }) };
  },
};
