import { type Channel, type ChannelSetup, defineChannel, ok } from '@posthorn/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { notifySchema } from './notify-schema.ts';

const content = z.strictObject({ text: z.string().optional(), size: z.int().optional() });
const channelOf = (name: string, addressKey: string, maxAddresses: number): Channel => ({
  api: 1,
  name,
  addressKey,
  maxAddresses,
  content,
  retry: { maxAttempts: 1, baseMs: 1, capMs: 1 },
  sandbox: {},
  providers: [],
  parseAddress: (text) => ok(text),
  maskAddress: () => '***',
  render: () => ok({}),
});
const setupOf = (name: string, addressKey = name, maxAddresses = 1): readonly [string, ChannelSetup] => [
  name,
  { channel: defineChannel(channelOf(name, addressKey, maxAddresses)), route: { default: [] }, accounts: new Map() },
];
const schema = notifySchema(new Map([setupOf('pigeon', 'loft'), setupOf('drums', 'villages', 3)]));
const to = { loft: 'north' };
const pointersOf = (body: unknown) => {
  const read = schema.read(body);
  return read.ok ? null : read.failure.map(({ pointer }) => pointer).toSorted();
};
const requestOf = (body: unknown) => {
  const read = schema.read(body);
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  return read.value;
};

describe('notifySchema', () => {
  it('reads the least there can be, and fills in the rest', () => {
    expect(requestOf({ to }).request).toEqual({
      addresses: { loft: 'north' },
      region: null,
      channels: null,
      strategy: 'fallback',
      content: {},
      own: {},
      priority: null,
      kind: 'transactional',
      sendAt: null,
      expiresAt: null,
      ttlMs: null,
      guarantee: 'at-least-once',
      orderingKey: null,
      metadata: {},
      tags: [],
    });
  });

  it('reads all of it', () => {
    const { request, unsupported } = requestOf({
      to: { villages: ['a', 'b'], region: 'CN' },
      channels: ['pigeon', { channel: 'drums', accounts: ['loud'], within: 'PT20S', until: 'delivered' }],
      strategy: 'broadcast',
      content: { title: 't', body: 'b', url: 'https://example.com' },
      drums: { text: 'bumm', size: 3 },
      priority: 'bulk',
      kind: 'otp',
      sendAt: '2026-12-01T08:00:00.000+08:00',
      expiresAt: '2026-12-02T00:00:00Z',
      ttl: '10m',
      guarantee: 'at-most-once',
      orderingKey: 'k',
      metadata: { a: '' },
      tags: ['t'],
    });
    expect(unsupported).toEqual([]);
    expect(request).toMatchObject({
      addresses: { villages: ['a', 'b'] },
      region: 'CN',
      channels: [
        { channel: 'pigeon', accounts: null, withinMs: null, until: null },
        { channel: 'drums', accounts: ['loud'], withinMs: 20_000, until: 'delivered' },
      ],
      own: { drums: { text: 'bumm', size: 3 } },
      sendAt: Date.UTC(2026, 11, 1),
      expiresAt: Date.UTC(2026, 11, 2),
      ttlMs: 600_000,
    });
  });

  it.each([
    [null, ['']],
    [[], ['']],
    ['x', ['']],
    [{}, ['/to']],
    [{ to: null }, ['/to']],
    [{ to: { phone: 'x' } }, ['/to/phone']],
    [{ to: { loft: ['north'] } }, ['/to/loft']],
    [{ to: { villages: 'a' } }, ['/to/villages']],
    [{ to: { villages: [] } }, ['/to/villages']],
    [{ to: { villages: ['a', 'b', 'c', 'd'] } }, ['/to/villages']],
    [{ to: { villages: ['a', 5] } }, ['/to/villages/1']],
    [{ to, channels: [] }, ['/channels']],
    [{ to, channels: [''] }, ['/channels/0/channel']],
    [{ to, channels: [7] }, ['/channels/0']],
    [
      { to, channels: ['pigeon', { channel: 'x', within: 'soon', extra: 1 }] },
      ['/channels/1/extra', '/channels/1/within'],
    ],
    [{ to, pigeon: { text: 5 } }, ['/pigeon/text']],
    [{ to, pigeon: { colour: 'x' } }, ['/pigeon/colour']],
    [{ to, pigeon: null }, ['/pigeon']],
    [{ to, sms: {} }, ['/sms']],
    [{ to, metadata: { a: null } }, ['/metadata/a']],
    [{ to: { loft: 1 }, ttl: 'x', drums: { size: 1.5 } }, ['/drums/size', '/to/loft', '/ttl']],
  ])('points at what is wrong in %j', (body, pointers) => {
    expect(pointersOf(body)).toEqual(pointers);
  });

  it('says what it cannot do yet', () => {
    const { unsupported } = requestOf({ to: { recipient: 'u' }, template: 't', data: {}, locale: 'zh-CN' });
    expect(unsupported).toEqual(['/to/recipient', '/template', '/data', '/locale']);
  });

  it('has one canonical form for requests that mean the same', () => {
    const canonical = (body: object) => JSON.stringify(requestOf(body).canonical);
    const plain = canonical({ to, channels: ['pigeon'], ttl: '10m' });
    expect(canonical({ to, channels: [{ channel: 'pigeon' }], ttl: 'PT10M', strategy: 'fallback' })).toBe(plain);
    expect(canonical({ to, channels: ['pigeon'], ttl: '11m' })).not.toBe(plain);
    expect(canonical({ to, channels: ['pigeon'], ttl: '10m', pigeon: { text: 'x' } })).not.toBe(plain);
  });

  it.each(['to', 'content', 'channels', 'metadata', 'template'])('lets no channel take the name %s', (name) => {
    if (/^[a-z][a-z0-9-]*$/.test(name)) expect(() => notifySchema(new Map([setupOf(name, 'loft')]))).toThrow(name);
  });
});
