import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, client, freshEmail } from './api.ts';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';

const content = { body: 'The posthorn has sounded.' };

let gateway: GatewayProcess;
let calls: Client;
beforeAll(async () => {
  gateway = await startGateway();
  calls = client(gateway);
});
afterAll(endGateways);

describe('the same key with the same body', () => {
  it('answers as the first did, and says so', async () => {
    const body = { to: { email: freshEmail() }, content };
    const headers = { 'idempotency-key': 'same-1' };
    const first = await calls.notify(body, headers);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    await calls.settled(first.body.id);
    const second = await calls.notify(body, headers);
    expect(second.status).toBe(202);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(second.headers.get('location')).toBe(`/notifications/${first.body.id}`);
    expect(second.body).toEqual(first.body);
    expect(await calls.kept(body.to.email)).toHaveLength(1);
  });

  it.each([
    ['in another order', '{"content":{"body":"x"},"to":{"email":"EMAIL"}}'],
    ['with other white space', '{ "to" : {"email":"EMAIL"},\n"content":{"body":"x" } }'],
    ['with defaults written out', '{"to":{"email":"EMAIL"},"content":{"body":"x"},"strategy":"fallback","tags":[]}'],
    ['with escapes', '{"to":{"email":"EMAIL"},"content":{"body":"\\u0078"}}'],
  ])('%s is the same', async (name, text) => {
    const email = freshEmail();
    const headers = { 'idempotency-key': `spelling-${name.replaceAll(' ', '-')}` };
    const first = await calls.accepted({ to: { email }, content: { body: 'x' } }, headers);
    const second = await gateway.request('POST', '/notify', text.replace('EMAIL', email), headers);
    expect(second).toMatchObject({ status: 202, body: first });
  });

  it('answers as before when the request would be refused by now, alone and in a batch', async () => {
    const idempotencyKey = 'late-1';
    const body = { to: { email: freshEmail() }, content, expiresAt: new Date(Date.now() + 1_000).toISOString() };
    const first = await calls.accepted(body, { 'idempotency-key': idempotencyKey });
    await expect.poll(() => Date.now() > Date.parse(body.expiresAt), { timeout: 5_000 }).toBe(true);
    expect(await calls.notify(body)).toMatchObject({ status: 422 });
    const again = await calls.notify(body, { 'idempotency-key': idempotencyKey });
    expect(again).toMatchObject({ status: 202, body: first });
    const batch = await gateway.request('POST', '/notify/batch', {
      notifications: [{ ...body, idempotencyKey }, body],
    });
    expect(batch.body).toMatchObject({
      results: [
        { index: 0, id: first.id, status: 'accepted' },
        { index: 1, problem: { status: 422 } },
      ],
    });
  });

  it('still answers after a restart', async () => {
    const body = { to: { email: freshEmail() }, content };
    const headers = { 'idempotency-key': 'restart-1' };
    const before = await startGateway();
    const first = await client(before).accepted(body, headers);
    before.kill('SIGKILL');
    await before.exited;
    const after = client(await startGateway({ dataDir: before.dataDir }));
    const second = await after.notify(body, headers);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(second.body).toEqual(first);
    expect(await after.count()).toBe(1);
  });

  it('100 times at once makes one notification', async () => {
    const before = await calls.count();
    const body = { to: { email: freshEmail() }, content };
    const headers = { 'idempotency-key': 'parallel-1' };
    const answers = await Promise.all(Array.from({ length: 100 }, () => calls.notify(body, headers)));
    expect(answers.filter(({ status }) => status !== 202 && status !== 409)).toEqual([]);
    const accepted = answers.filter(({ status }) => status === 202);
    expect(new Set(accepted.map((answer) => answer.body.id)).size).toBe(1);
    expect(accepted.filter((answer) => answer.headers.get('idempotent-replayed') === null)).toHaveLength(1);
    for (const conflict of answers.filter(({ status }) => status === 409)) {
      expect(conflict.body).toMatchObject({ code: 'idempotency_in_progress' });
      expect(conflict.headers.get('retry-after')).toBe('1');
    }
    await calls.settled(accepted[0]?.body.id ?? '');
    expect(await calls.count()).toBe(before + 1);
    expect(await calls.kept(body.to.email)).toHaveLength(1);
  });
});

describe('the same key with another body', () => {
  it.each([
    ['content', { content: { body: 'another' } }],
    ['recipient', { to: { email: 'another@example.com' } }],
    ['metadata', { metadata: { order: '1' } }],
    ["a channel's own content", { email: { subject: 'another' } }],
    ['guarantee', { guarantee: 'at-most-once' }],
    ['order of channels', { channels: ['sms', 'email'] }],
  ])('is refused: %s', async (name, change) => {
    const headers = { 'idempotency-key': `other-${name.replaceAll(/[^a-z]/g, '-')}` };
    const body = { to: { email: freshEmail() }, content };
    await calls.accepted(body, headers);
    const before = await calls.count();
    const other = await gateway.request('POST', '/notify', { ...body, ...change }, headers);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(await calls.count()).toBe(before);
  });
});

describe('a key', () => {
  it('is free again when its first request was refused', async () => {
    const headers = { 'idempotency-key': 'corrected-1' };
    const to = { email: freshEmail() };
    expect((await calls.notify({ to, content: { body: 1 } }, headers)).status).toBe(400);
    expect((await calls.notify({ to: { email: 'nobody' }, content }, headers)).status).toBe(422);
    const corrected = await calls.notify({ to, content }, headers);
    expect(corrected.status).toBe(202);
    expect(corrected.headers.get('idempotent-replayed')).toBeNull();
  });

  it('is not used up by a dry run', async () => {
    const headers = { 'idempotency-key': 'dry-1' };
    const body = { to: { email: freshEmail() }, content };
    expect((await gateway.request('POST', '/notify?dryRun=true', body, headers)).status).toBe(200);
    const real = await calls.notify(body, headers);
    expect(real.headers.get('idempotent-replayed')).toBeNull();
  });

  it('may have 1 to 255 visible ASCII characters', async () => {
    for (const key of ['!', 'k'.repeat(255), '~key"with{signs}']) {
      expect((await calls.notify({ to: { email: freshEmail() }, content }, { 'idempotency-key': key })).status).toBe(
        202,
      );
    }
  });

  it.each([
    ['empty', ''],
    ['256 characters', 'k'.repeat(256)],
    ['10,000 characters', 'k'.repeat(10_000)],
    ['a space', 'two words'],
    ['Latin-1', 'schlüssel'],
    ['two of them', 'one, two'],
  ])('is refused: %s', async (_name, key) => {
    const before = await calls.count();
    const answer = await calls.notify({ to: { email: freshEmail() }, content }, { 'idempotency-key': key });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await calls.count()).toBe(before);
  });
});
