import type { CallbackNews, DeliveryId, Outcome } from '@posthorn/core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PigeonPost, pigeonPost } from '../doubles/pigeon-post.ts';

// A whole gateway at work on a machine that may have other work: no wait of these is a matter of time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let post: PigeonPost;
let usual: PigeonPost['vendors'];
beforeAll(async () => {
  post = await pigeonPost();
  usual = { ...post.vendors };
});
afterEach(() => void Object.assign(post.vendors, usual));
afterAll(() => post.close());

let people = 0;
const somebody = () => `person${++people}`;

interface Answer {
  readonly id: string;
  readonly code: string;
  readonly detail: string;
  readonly skipped: readonly { readonly step: number; readonly channel: string; readonly reason: string }[];
  readonly deliveries: readonly {
    readonly id: DeliveryId;
    readonly status: string;
    readonly code: string | null;
    readonly channel: string;
    readonly attempts: number;
  }[];
  readonly items: readonly {
    readonly channel: string;
    readonly address: string;
    readonly kind: string | null;
    readonly reason: string;
    readonly until: string | null;
  }[];
  readonly nextCursor: string | null;
  readonly deleted: number;
}

async function call(method: string, path: string, body?: unknown): Promise<Answer & { readonly http: number }> {
  const answer = await post.request(method, path, body);
  return { ...(answer.body as Answer), http: answer.status };
}

/** Writes to somebody by pigeon, and by owl when the pigeon does not get through. */
const notify = (name: string, more: object = {}) =>
  call('POST', '/notify', {
    to: { coop: [name], owlery: [name] },
    channels: ['pigeon', 'owl'],
    content: { body: 'coo' },
    ...more,
  });
const onlyPigeon = { channels: ['pigeon'] };
const put = (name: string, more: object = {}) =>
  call('PUT', '/suppressions', { channel: 'pigeon', address: name, ...more });
const list = (name: string) => call('GET', `/suppressions?channel=pigeon&address=${name}`);
const seen = (id: string) => call('GET', `/notifications/${id}`);

const when = (id: string, ready: (now: Answer) => void) =>
  vi.waitFor(
    async () => {
      const now = await seen(id);
      ready(now);
      return now;
    },
    { timeout: 20_000, interval: 10 },
  );

async function report(news: CallbackNews): Promise<void> {
  post.vendors.read = () => ({ kind: 'read', news: [news], answer: { status: 200, contentType: null, body: 'ok' } });
  expect((await fetch(post.callbackOf('pigeon/main'), { method: 'POST', body: 'x' })).status).toBe(200);
}
const reply = (from: string, text: string, at = Date.now()): CallbackNews => ({ kind: 'reply', from, text, at });

describe('what is submitted', () => {
  it('skips the step of a suppressed address, and finds no route when none is left', async () => {
    const name = somebody();
    expect((await put(name)).http).toBe(200);
    const answer = await notify(name);
    expect([answer.http, answer.skipped]).toEqual([202, [{ step: 0, channel: 'pigeon', reason: 'suppressed' }]]);
    expect(answer.deliveries.map(({ channel }) => channel)).toEqual(['owl']);
    const refused = await notify(name, onlyPigeon);
    expect([refused.http, refused.code]).toEqual([422, 'no_route']);
    expect(refused.detail).toContain('the address for pigeon is suppressed');
    const dry = await call('POST', '/notify?dryRun=true', {
      to: { coop: [name], owlery: [name] },
      channels: ['pigeon', 'owl'],
      content: { body: 'x' },
    });
    expect(dry.skipped).toEqual(answer.skipped);
  });

  it('leaves out one of several addresses', async () => {
    const [bad, good] = [somebody(), somebody()];
    await put(bad);
    const answer = await call('POST', '/notify', {
      to: { coop: [bad, good] },
      channels: ['pigeon'],
      content: { body: 'x' },
    });
    expect([answer.http, answer.deliveries.length, answer.skipped]).toEqual([202, 1, []]);
  });

  it('is answered as before under its idempotency key, whatever was suppressed since', async () => {
    const name = somebody();
    const body = { to: { coop: [name] }, channels: ['pigeon'], content: { body: 'x' } };
    const send = () => post.request('POST', '/notify', body, { 'idempotency-key': name });
    const first = await send();
    await put(name);
    expect(await send()).toEqual(first);
    expect((await post.request('POST', '/notify', body)).status).toBe(422);
  });
});

describe('what a person writes back', () => {
  it('stops advertising, and nothing else, until they want it again', async () => {
    const name = somebody();
    const advertise = () => notify(name, { kind: 'marketing', ...onlyPigeon });
    expect((await advertise()).http).toBe(202);
    await report(reply(name.toUpperCase(), 'STOP', Date.now() - 1_000));
    expect((await advertise()).code).toBe('no_route');
    expect((await notify(name, { kind: 'marketing' })).skipped[0]?.reason).toBe('opted_out');
    for (const kind of ['transactional', 'otp']) expect((await notify(name, { kind, ...onlyPigeon })).http).toBe(202);
    await report(reply(name, 'how are you?'));
    expect((await advertise()).http).toBe(422);
    await report(reply(name, 'START', Date.now() - 500));
    expect((await advertise()).http).toBe(202);
    await report(reply(name, 'STOP', Date.now() - 1_000));
    expect((await advertise()).http, 'a STOP that was said before').toBe(202);
  });

  it('is not asked for by whom nobody can be', async () => {
    await report(reply('+++', 'STOP'));
    expect((await call('GET', '/suppressions?channel=owl')).items).toEqual([]);
  });

  it('counts for everything when it is a complaint', async () => {
    const name = somebody();
    await report({ kind: 'objection', address: name, because: 'complaint', detail: 'abuse', at: Date.now() });
    expect((await notify(name, { kind: 'otp' })).skipped[0]?.reason).toBe('suppressed');
    expect((await list(name)).items).toMatchObject([
      { address: `${name[0]}***`, kind: null, reason: 'complaint', until: null },
    ]);
  });
});

describe('what vendors say', () => {
  it('keeps from an address that was refused for good', async () => {
    const name = somebody();
    post.vendors.send = (delivery, at) =>
      delivery.address === name
        ? { kind: 'refused', because: 'address', code: 'no_such_coop', detail: 'x', suppress: 'hard' }
        : usual.send(delivery, at);
    const { id } = await notify(name, onlyPigeon);
    await when(id, ({ deliveries }) => expect(deliveries[0]?.status).toBe('failed'));
    expect((await notify(name, onlyPigeon)).code).toBe('no_route');
    expect((await list(name)).items).toMatchObject([
      { address: 'p***', reason: 'bounced', kind: null, detail: 'no_such_coop' },
    ]);
  });

  it('keeps from an address whose message came back', async () => {
    const name = somebody();
    const { id } = await notify(name, { channels: [{ channel: 'pigeon', accounts: ['main'] }] });
    const { deliveries } = await when(id, (now) => expect(now.deliveries[0]?.status).toBe('sent'));
    const receipt = { status: 'undelivered', code: '5.1.1', detail: null, at: Date.now() } as const;
    const about = { delivery: deliveries[0]?.id ?? null, vendorId: null, parts: null, part: null };
    await report({ kind: 'receipt', ...about, receipt, suppress: 'hard' });
    expect((await list(name)).items).toMatchObject([{ address: 'p***', reason: 'bounced', detail: '5.1.1' }]);
  });
});

describe('an address that is suppressed after the acceptance', () => {
  it('gets nothing more: its delivery ends skipped, without an attempt, and its plan goes on', async () => {
    const name = somebody();
    const sentTo: string[] = [];
    let release = () => {};
    post.vendors.send = ({ address, id }, { channel }) => {
      sentTo.push(`${channel} ${address}`);
      const outcome: Outcome = { kind: 'accepted', vendorId: id };
      return address === 'occupant'
        ? new Promise((resolve) => {
            release = () => resolve(outcome);
          })
        : outcome;
    };
    const single = { channel: 'pigeon', accounts: ['single'] };
    await call('POST', '/notify', { to: { coop: ['occupant'] }, channels: [single], content: { body: 'x' } });
    await vi.waitFor(() => expect(sentTo).toEqual(['pigeon occupant']), { timeout: 20_000 });
    const { id } = await notify(name, { channels: [single, 'owl'] });
    await put(name, { reason: 'unsubscribed' });
    release();
    const { deliveries } = await when(id, (now) => expect(now.deliveries[1]?.status).toBe('sent'));
    expect(deliveries.map(({ status, code, attempts }) => [status, code, attempts])).toEqual([
      ['skipped', 'opted_out', 0],
      ['sent', null, 1],
    ]);
    expect(sentTo).toEqual(['pigeon occupant', `owl ${name}`]);
  });
});

describe('/suppressions', () => {
  it('says what it keeps, and nobody whom', async () => {
    const name = somebody();
    const until = new Date(Date.now() + 60_000).toISOString();
    const answer = await put(` ${name.toUpperCase()} `, {
      kind: 'marketing',
      reason: 'complaint',
      detail: 'by phone',
      until,
    });
    const { since, ...rest } = answer as unknown as Record<string, unknown>;
    expect(rest).toEqual({
      http: 200,
      channel: 'pigeon',
      address: 'p***',
      kind: 'marketing',
      reason: 'complaint',
      detail: 'by phone',
      until,
    });
    expect(Date.parse(String(since))).toBeGreaterThan(0);
    expect(JSON.stringify((await call('GET', '/suppressions')).items)).not.toContain(name);
    expect((await list(name)).items).toMatchObject([{ kind: 'marketing', until }]);
  });

  it('is read page by page', async () => {
    await Promise.all(
      Array.from({ length: 5 }, () => call('PUT', '/suppressions', { channel: 'owl', address: somebody() })),
    );
    const first = await call('GET', '/suppressions?channel=owl&limit=3');
    const second = await call('GET', `/suppressions?channel=owl&limit=3&cursor=${first.nextCursor}`);
    expect([first.items.length, second.items.length, second.nextCursor]).toEqual([3, 2, null]);
  });

  it('gives an address back', async () => {
    const name = somebody();
    await put(name);
    await put(name, { kind: 'otp' });
    expect((await call('DELETE', `/suppressions?channel=pigeon&address=${name}&kind=otp`)).deleted).toBe(1);
    expect((await notify(name, onlyPigeon)).http).toBe(422);
    expect((await call('DELETE', `/suppressions?channel=pigeon&address=${name}`)).deleted).toBe(1);
    expect((await call('DELETE', `/suppressions?channel=pigeon&address=${name}`)).deleted).toBe(0);
    expect((await notify(name, onlyPigeon)).http).toBe(202);
  });

  it.each([
    ['PUT', '', { channel: 'pigeon' }, 400],
    ['PUT', '', { channel: 'pigeon', address: 'a', kind: 'gossip' }, 400],
    ['PUT', '', { channel: 'pigeon', address: 'a', reason: 'because' }, 400],
    ['PUT', '', { channel: 'pigeon', address: 'a', untill: null }, 400],
    ['PUT', '', { channel: 'raven', address: 'a' }, 422],
    ['PUT', '', { channel: 'pigeon', address: 'no name' }, 422],
    ['PUT', '', { channel: 'pigeon', address: 'a', until: '2020-01-01T00:00:00Z' }, 422],
    ['GET', '?address=a', undefined, 400],
    ['GET', '?cursor=x', undefined, 400],
    ['GET', '?channel=raven&address=a', undefined, 422],
    ['DELETE', '', undefined, 400],
    ['DELETE', '?channel=pigeon&address=a&kind=x', undefined, 400],
    ['DELETE', '?channel=pigeon&address=no%20name', undefined, 422],
    ['POST', '', {}, 405],
  ])('refuses %s %s %j', async (method, query, body, status) => {
    expect((await call(method, `/suppressions${query}`, body)).http).toBe(status);
  });
});
