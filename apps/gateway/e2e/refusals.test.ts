import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endGateways, type GatewayProcess, startGateway } from './gateway-process.ts';
import { expectRefusal } from './refusal.ts';

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  expect(gateway.stderr()).not.toContain('a request met a fault of the gateway');
  await endGateways();
});

const good = { to: { email: 'li@example.com' }, content: { body: 'x' } };
const with_ = (change: object) => ({ ...good, ...change });
const metadata = (entries: number) => Object.fromEntries(Array.from({ length: entries }, (_, n) => [`key${n}`, 'v']));

describe('the wrong shape is a 400', () => {
  const cases: readonly (readonly [string, unknown, readonly string[]])[] = [
    ['no object: null', 'null', ['']],
    ['no object: a list', '[]', ['']],
    ['no object: a text', '"x"', ['']],
    ['no object: a number', '1', ['']],
    ['empty', {}, ['/to']],
    ['no recipient', { content: { body: 'x' } }, ['/to']],
    ['a text for to', with_({ to: 'li@example.com' }), ['/to']],
    ['an unknown field', with_({ subject: 'x' }), ['/subject']],
    ['an unknown field in to', with_({ to: { email: 'a@b.example', mail: 'x' } }), ['/to/mail']],
    ['an address of a channel that is not configured', with_({ to: { chat: 'ops' } }), ['/to/chat']],
    ['an unknown field in content', with_({ content: { body: 'x', html: 'x' } }), ['/content/html']],
    ['an unknown field in a step', with_({ channels: [{ channel: 'email', retries: 1 }] }), ['/channels/0/retries']],
    ["an unknown field in a channel's content", with_({ email: { headers: { x: 'y' } } }), ['/email/headers']],
    [
      'an unknown field in an attachment',
      with_({ email: { attachments: [{ path: '/etc/passwd' }] } }),
      [
        '/email/attachments/0/filename',
        '/email/attachments/0/contentType',
        '/email/attachments/0/contentBase64',
        '/email/attachments/0/path',
      ],
    ],
    ['content of a channel that is not configured', with_({ fax: { text: 'x' } }), ['/fax']],
    ['what the server decides: tenant', with_({ tenantId: 't' }), ['/tenantId']],
    ['what the server decides: id and status', with_({ id: 'ntf_x', status: 'delivered' }), ['/id', '/status']],
    [
      'what the server decides: times and attempts',
      with_({ createdAt: 'now', attempts: -1 }),
      ['/createdAt', '/attempts'],
    ],
    ['an idempotency key in the body', with_({ idempotencyKey: 'k' }), ['/idempotencyKey']],
    ['no channels', with_({ channels: [] }), ['/channels']],
    ['a text for channels', with_({ channels: 'email' }), ['/channels']],
    ['a number for a channel', with_({ channels: [5] }), ['/channels/0']],
    ['null for a channel', with_({ channels: [null] }), ['/channels/0']],
    ['a step without channel', with_({ channels: [{ within: '1s' }] }), ['/channels/0/channel']],
    ['no accounts', with_({ channels: [{ channel: 'email', accounts: [] }] }), ['/channels/0/accounts']],
    ['a wrong within', with_({ channels: [{ channel: 'email', within: 'soon' }] }), ['/channels/0/within']],
    ['a number for within', with_({ channels: [{ channel: 'email', within: 20 }] }), ['/channels/0/within']],
    ['an unknown until', with_({ channels: [{ channel: 'email', until: 'read' }] }), ['/channels/0/until']],
    ['an unknown strategy', with_({ strategy: 'all' }), ['/strategy']],
    ['an unknown priority', with_({ priority: 'asap' }), ['/priority']],
    ['a number for a priority', with_({ priority: 1e9 }), ['/priority']],
    ['an unknown kind', with_({ kind: 'spam' }), ['/kind']],
    ['an unknown guarantee', with_({ guarantee: 'exactly-once' }), ['/guarantee']],
    ['sendAt in words', with_({ sendAt: 'tomorrow' }), ['/sendAt']],
    ['sendAt without zone', with_({ sendAt: '2026-12-01T08:00:00' }), ['/sendAt']],
    ['sendAt on a day that is not', with_({ sendAt: '2027-02-30T08:00:00Z' }), ['/sendAt']],
    ['sendAt as a number', with_({ sendAt: 1_800_000_000 }), ['/sendAt']],
    ['expiresAt in words', with_({ expiresAt: 'never' }), ['/expiresAt']],
    ['ttl in words', with_({ ttl: 'soon' }), ['/ttl']],
    ['ttl as a number', with_({ ttl: 600 }), ['/ttl']],
    ['ttl zero', with_({ ttl: '0s' }), ['/ttl']],
    ['ttl negative', with_({ ttl: '-5s' }), ['/ttl']],
    ['a number for a text', with_({ content: { body: 5 } }), ['/content/body']],
    ['true for a text', with_({ content: { title: true } }), ['/content/title']],
    ['an empty text', with_({ content: { body: '' } }), ['/content/body']],
    ['a link that is a script', with_({ content: { body: 'x', url: 'javascript:alert(1)' } }), ['/content/url']],
    ['a number for a phone', { to: { phone: 13_800_138_000 }, content: { body: 'x' } }, ['/to/phone']],
    ['a list of addresses', { to: { email: ['a@b.example'] }, content: { body: 'x' } }, ['/to/email']],
    ['an object for an address', { to: { email: { address: 'a@b.example' } }, content: { body: 'x' } }, ['/to/email']],
    ['a text for push', { to: { push: 'token' }, content: { body: 'x' } }, ['/to/push']],
    ['no token', { to: { push: [] }, content: { body: 'x' } }, ['/to/push']],
    [
      '101 tokens',
      { to: { push: Array.from({ length: 101 }, () => 'x'.repeat(40)) }, content: { body: 'x' } },
      ['/to/push'],
    ],
    ['a region in words', { to: { phone: '1', region: 'China' }, content: { body: 'x' } }, ['/to/region']],
    ['21 metadata entries', with_({ metadata: metadata(21) }), ['/metadata']],
    ['a number in metadata', with_({ metadata: { order: 17 } }), ['/metadata/order']],
    ['an object in metadata', with_({ metadata: { order: {} } }), ['/metadata/order']],
    ['a text for tags', with_({ tags: 'red' }), ['/tags']],
    ['an empty tag', with_({ tags: ['red', ''] }), ['/tags/1']],
    ['21 tags', with_({ tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }), ['/tags']],
    ['a number for an ordering key', with_({ orderingKey: 42 }), ['/orderingKey']],
    ['null for a field', with_({ content: null }), ['/content']],
    ["a list for a channel's content", with_({ email: [] }), ['/email']],
    ['a number for a variable', with_({ sms: { params: { code: 1234 } } }), ['/sms/params/code']],
    ['true for a whole number', with_({ push: { badge: true } }), ['/push/badge']],
    ['a text for a whole number', with_({ push: { badge: '1' } }), ['/push/badge']],
    [
      'a number too large to be exact',
      '{"to":{"email":"a@b.example"},"push":{"badge":9007199254740993}}',
      ['/push/badge'],
    ],
  ];
  it.each(cases)('%s', async (_name, body, pointers) => {
    await expectRefusal(gateway, { body, status: 400, code: 'invalid_request', pointers });
  });

  it('all of it together', async () => {
    const body = { to: { email: 1, mail: 'x' }, priority: 'asap', ttl: 'soon', channels: [{ within: 'x' }], extra: 1 };
    const pointers = [
      '/to/email',
      '/to/mail',
      '/priority',
      '/ttl',
      '/channels/0/channel',
      '/channels/0/within',
      '/extra',
    ];
    await expectRefusal(gateway, { body, status: 400, code: 'invalid_request', pointers });
  });

  it('a million faults are answered with the first hundred', async () => {
    const body = { ...good, tags: Array.from({ length: 80_000 }, () => 1), metadata: { a: 1, ...metadata(5_000) } };
    const many = `{${Array.from({ length: 20_000 }, (_, n) => `"${n}":1`).join(',')}}`;
    for (const refused of [body, many]) {
      const problem = await expectRefusal(gateway, { body: refused, status: 400, code: 'invalid_request' });
      expect(problem.errors?.length).toBeLessThanOrEqual(100);
    }
  });
});

describe('a broken rule is a 422', () => {
  const hours = (count: number) => new Date(Date.now() + count * 3_600_000).toISOString();
  const cases: readonly (readonly [string, unknown, string, readonly string[]])[] = [
    ['no address at all', with_({ to: {} }), 'no_route', ['/to']],
    ['no address for the channels', with_({ channels: ['sms', 'push'] }), 'no_route', ['/to']],
    ['an unknown channel', with_({ channels: ['nope'] }), 'unprocessable', ['/channels/0']],
    [
      'an unknown channel in a step',
      with_({ channels: ['email', { channel: 'nope' }] }),
      'unprocessable',
      ['/channels/1'],
    ],
    [
      'an unknown account',
      with_({ channels: [{ channel: 'email', accounts: ['aliyun'] }] }),
      'unprocessable',
      ['/channels/0/accounts'],
    ],
    [
      'an account of another channel',
      with_({ channels: [{ channel: 'email', accounts: ['__proto__'] }] }),
      'unprocessable',
      ['/channels/0/accounts'],
    ],
    [
      'within longer than ttl',
      with_({ ttl: '10s', channels: [{ channel: 'email', within: '20s' }] }),
      'unprocessable',
      ['/channels/0/within'],
    ],
    [
      'until verified',
      with_({ channels: [{ channel: 'email', until: 'verified' }] }),
      'unprocessable',
      ['/channels/0/until'],
    ],
    ['a step twice', with_({ channels: ['email', { channel: 'email' }] }), 'unprocessable', ['/channels/1']],
    ['no phone number', { to: { phone: '12' }, content: { body: 'x' } }, 'unprocessable', ['/to/phone']],
    [
      'a national number without region',
      { to: { phone: '13800138000' }, content: { body: 'x' } },
      'unprocessable',
      ['/to/phone'],
    ],
    ['a premium number', { to: { phone: '+1 900 555 1234' }, content: { body: 'x' } }, 'unprocessable', ['/to/phone']],
    [
      'two numbers',
      { to: { phone: '+8613800138000,+8613900139000' }, content: { body: 'x' } },
      'unprocessable',
      ['/to/phone'],
    ],
    [
      'a token that is none',
      { to: { push: ['x'.repeat(40), 'short'] }, content: { body: 'x' } },
      'unprocessable',
      ['/to/push/1'],
    ],
    ['expiry in the past', with_({ expiresAt: '2020-01-01T00:00:00Z' }), 'unprocessable', ['/expiresAt']],
    ['sendAt later than expiresAt', with_({ sendAt: hours(2), expiresAt: hours(1) }), 'unprocessable', ['/expiresAt']],
    ['sendAt 367 days ahead', with_({ sendAt: hours(367 * 24) }), 'unprocessable', ['/sendAt']],
    ['ttl and expiresAt', with_({ ttl: '10m', expiresAt: hours(1) }), 'unprocessable', ['/ttl']],
    ['nothing to say', { to: { email: 'a@b.example' } }, 'unprocessable', ['/content']],
    [
      'a template',
      { to: { email: 'a@b.example' }, content: { body: 'x' }, template: 'order-shipped' },
      'unsupported_yet',
      ['/template'],
    ],
    [
      'a stored recipient',
      { to: { recipient: 'user-42', email: 'a@b.example' }, content: { body: 'x' } },
      'unsupported_yet',
      ['/to/recipient'],
    ],
    ['data and locale', with_({ data: { order: 1 }, locale: 'zh-CN' }), 'unsupported_yet', ['/data', '/locale']],
  ];
  it.each(cases)('%s', async (_name, body, code, pointers) => {
    await expectRefusal(gateway, { body, status: 422, code, pointers });
  });

  it('all of it together', async () => {
    const body = {
      to: { phone: '12', email: 'a@b.example, c@d.example' },
      channels: ['nope', { channel: 'email', accounts: ['x'], within: '1h' }],
      content: { body: 'x' },
      ttl: '10m',
    };
    const pointers = ['/to/phone', '/to/email', '/channels/0', '/channels/1/accounts', '/channels/1/within'];
    await expectRefusal(gateway, { body, status: 422, code: 'unprocessable', pointers });
  });
});

describe('a query', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['status=nope', '/status'],
    ['status=sent&status=sent', '/status'],
    ['kind=spam', '/kind'],
    ['from=tomorrow', '/from'],
    ['to=2026-13-01T00:00:00Z', '/to'],
    ['address=nobody', '/address'],
  ];
  it.each(cases)('GET /notifications?%s', async (query, pointer) => {
    const path = `/notifications?${query}`;
    await expectRefusal(gateway, { method: 'GET', path, status: 400, code: 'invalid_request', pointers: [pointer] });
  });

  it.each(['dryRun=1', 'dryRun', 'dryRun=TRUE', 'dryrun=true'])('POST /notify?%s', async (query) => {
    await expectRefusal(gateway, { path: `/notify?${query}`, body: good, status: 400, code: 'invalid_request' });
  });

  it('DELETE /sandbox/messages takes none', async () => {
    const path = '/sandbox/messages?channel=sms';
    await expectRefusal(gateway, {
      method: 'DELETE',
      path,
      status: 400,
      code: 'invalid_request',
      pointers: ['/channel'],
    });
  });

  it('takes no cursor of another list', async () => {
    const path = '/sandbox/messages?cursor=1.AAAAAAAAAAA';
    await expectRefusal(gateway, { method: 'GET', path, status: 400, code: 'invalid_request', pointers: ['/cursor'] });
  });
});
