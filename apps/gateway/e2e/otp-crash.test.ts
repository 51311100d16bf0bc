import { afterAll, expect, it } from 'vitest';
import { client, eventually, freshEmail } from './api.ts';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';

/** A vendor that never answers (docs/sandbox.md). */
const hanging = '+15005550004';

afterAll(endGateways);

async function crash(gateway: GatewayProcess): Promise<GatewayProcess> {
  gateway.kill('SIGKILL');
  await gateway.exited;
  return startGateway({ dataDir: gateway.dataDir });
}

const verify = async (gateway: GatewayProcess, id: string, code: string) => {
  const { body } = await gateway.request<{ status: string; attemptsLeft: number }>('POST', '/otp/verify', { id, code });
  return [body.status, body.attemptsLeft];
};

it('a code is sent once, its tries count and its approval stands, whatever is killed in between', async () => {
  let gateway = await startGateway();
  const email = freshEmail();
  const plan = { to: { phone: hanging, email }, channels: [{ channel: 'sms', within: '1s' }, 'email'] };
  const { body: sent } = await gateway.request<{ id: string }>('POST', '/otp/send', { ...plan, purpose: 'login' });
  const message = sent.id.replace('otp_', 'ntf_');
  const mail = await eventually(async () => (await client(gateway).kept(email))[0]);
  const code = /\d{6}/.exec(String(mail.content['text']))?.[0] ?? '';
  const wrong = code.startsWith('9') ? '000000' : '999999';
  expect(await verify(gateway, sent.id, wrong)).toEqual(['rejected', 4]);
  expect((await client(gateway).notification(message)).deliveries[0]?.status).toBe('sending');

  gateway = await crash(gateway);
  const seen = await client(gateway).when(message, ({ deliveries }) => deliveries[0]?.status === 'uncertain');
  expect(seen.deliveries.map(({ status, attempts }) => [status, attempts])).toEqual([
    ['uncertain', 1],
    ['sent', 1],
  ]);
  expect(await verify(gateway, sent.id, wrong)).toEqual(['rejected', 3]);
  expect(await verify(gateway, sent.id, code)).toEqual(['approved', 3]);

  gateway = await crash(gateway);
  expect(await verify(gateway, sent.id, code)).toEqual(['rejected', 0]);
  expect(await client(gateway).kept(email)).toHaveLength(1);
  const { timeline } = await client(gateway).notification(message);
  expect(timeline.filter(({ type }) => type === 'notification.verified')).toHaveLength(1);
});
