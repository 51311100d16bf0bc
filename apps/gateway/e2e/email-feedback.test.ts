import { afterAll, expect, it } from 'vitest';
import { client, freshEmail } from './api.ts';
import { endGateways, startGateway } from './gateway-process.ts';
import { mailServer } from './mail-server.ts';

afterAll(endGateways);

const publicUrl = 'https://notify.example.com/base';

/** A bounce as a mail server's pipe hands it on. */
function bounce(to: string, status: string): string {
  return [
    'From: MAILER-DAEMON@mx.example.com',
    `To: ${to}`,
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.com',
    '',
    'Final-Recipient: rfc822; somebody@example.com',
    'Action: failed',
    `Status: ${status}`,
    '--b--',
    '',
  ].join('\r\n');
}

it('people who unsubscribe, and mailboxes that are gone, get no more of it', async () => {
  const mail = await mailServer();
  const gateway = await startGateway({
    config: `
server: { publicUrl: "${publicUrl}" }
channels:
  email:
    accounts:
      relay:
        { use: smtp, host: 127.0.0.1, port: ${mail.port}, tls: none, from: no-reply@shop.example, verp: bounce@shop.example, events: { use: dsn } }
`,
  });
  const calls = client(gateway);
  const message = (email: string, kind: string) => ({ to: { email }, kind, content: { title: 'Sale', body: 'Buy' } });
  const send = async (email: string, kind: string) => {
    const { id } = await calls.accepted(message(email, kind));
    await calls.settled(id);
    return { id, received: mail.mails.find(({ to }) => to.includes(email)) };
  };
  const here = (url: string) => url.replace(publicUrl, gateway.url);

  const reader = freshEmail();
  const { received } = await send(reader, 'marketing');
  const headers = (received?.source ?? '').split('\r\n\r\n', 1)[0]?.replaceAll(/\r\n[ \t]+/g, ' ') ?? '';
  expect(headers).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r?$/m);
  const link = /^List-Unsubscribe: <(\S+)>\r?$/m.exec(headers)?.[1] ?? '';
  expect(link).toMatch(/^https:\/\/notify\.example\.com\/base\/unsubscribe\/[\w-]+$/);
  const oneClick = { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) };
  expect((await fetch(here(link))).status).toBe(200);
  expect((await fetch(here(link).slice(0, -2), oneClick)).status).toBe(404);
  expect((await calls.notify(message(reader, 'marketing'))).status).toBe(202);
  expect((await fetch(here(link), oneClick)).status).toBe(200);
  expect((await calls.notify(message(reader, 'marketing'))).status).toBe(422);
  expect((await calls.notify(message(reader, 'transactional'))).status).toBe(202);

  const gone = freshEmail();
  const { id, received: lost } = await send(gone, 'transactional');
  interface Shown {
    readonly accounts: readonly { readonly callbackUrl: string }[];
  }
  const [channel] = await calls.list<Shown>('/channels');
  const address = here(channel?.accounts[0]?.callbackUrl ?? '');
  const report = (body: string, type = 'message/rfc822') =>
    fetch(address, { method: 'POST', body, headers: { 'content-type': type } });
  const to = lost?.from ?? '';
  expect(to).toMatch(/^bounce\+[0-9a-f]{44}@shop\.example$/);
  expect((await report(bounce(to, '5.1.1'), 'text/plain')).status).toBe(400);
  expect((await report(bounce(to.replace(/.{4}@/, '0000@'), '5.1.1'))).status).toBe(200);
  expect((await calls.notification(id)).status).toBe('sent');
  expect((await report(bounce(to, '5.1.1'))).status).toBe(200);
  const [delivery] = (await calls.notification(id)).deliveries;
  expect(delivery).toMatchObject({ status: 'undelivered', code: 'dsn_5.1.1' });
  expect((await calls.notify(message(gone, 'transactional'))).status).toBe(422);

  gateway.kill('SIGTERM');
  expect((await gateway.exited).code).toBe(0);
  await mail.close();
  const log = gateway.stdout() + gateway.stderr();
  for (const secret of [link.split('/').at(-1), address.split('/').at(-1), reader, gone])
    expect(log).not.toContain(secret);
});
