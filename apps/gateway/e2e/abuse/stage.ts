import { client } from '../api.ts';
import { type GatewayProcess, startGateway } from '../gateway-process.ts';
import { listsRoutes } from '../served-routes.ts';

/** Every built-in channel without a vendor behind it, one account that reads callbacks, and nothing that could reach out. */
const config = `
server: { publicUrl: "https://notify.example.com", trustedProxies: [127.0.0.1] }
channels:
  sms:
    route: { default: [sandbox] }
    accounts:
      sandbox: { use: sandbox }
      vendor: { use: twilio, accountSid: AC00000000000000000000000000000001, authToken: { env: VENDOR_TOKEN }, from: "+15005550006", endpoint: "http://127.0.0.1:9" }
  email: { accounts: { sandbox: { use: sandbox } } }
  push: { accounts: { sandbox: { use: sandbox } } }
  chat: { accounts: { sandbox: { use: sandbox } } }
  webhook: { accounts: { sandbox: { use: sandbox } } }
`;

/** What no answer may tell. */
export const vendorToken = 'c4n4ry-vendor-token-0123456789abcdef';

/** A gateway with something in it that an attack could harm. */
export interface Stage {
  readonly gateway: GatewayProcess;
  /** Stands for `{callback}` in the path of an attack. */
  readonly callbackToken: string;
}

export async function openStage(): Promise<Stage> {
  const gateway = await startGateway({ config, env: { ...listsRoutes, VENDOR_TOKEN: vendorToken } });
  const calls = client(gateway);
  const { id } = await calls.accepted({ to: { email: 'anna@example.com' }, content: { body: 'x' } });
  await calls.settled(id);
  await gateway.request('PUT', '/suppressions', { channel: 'email', address: 'ben@example.com' });
  const { body } = await gateway.request<unknown>('GET', '/channels');
  const callbackToken = /\/callbacks\/vendor\/([\w-]{32})"/.exec(JSON.stringify(body))?.[1];
  if (callbackToken === undefined) throw new Error('no account of the stage reads callbacks');
  return { gateway, callbackToken };
}
