import { standardWebhooksSchedule, validate } from '@posthorn/core';
import { channelContract, runContract } from '@posthorn/testkit';
import { describe, expect, it, test } from 'vitest';
import webhook, { type Content, webhook as named } from './index.ts';

describe('channel contract', () => {
  runContract(channelContract<Content>(), {
    runner: { test, skip: (name) => test.skip(name, () => undefined) },
    open: async () => ({
      channel: webhook,
      addresses: [
        { text: 'https://hooks.example.com/a?key=1', address: 'https://hooks.example.com/a?key=1' },
        { text: ' HTTPS://Hooks.Example.com:443/a/../b ', address: 'https://hooks.example.com/b' },
        { text: 'http://10.0.0.5:8080', address: 'http://10.0.0.5:8080/' },
        { text: 'https://bücher.example/', address: 'https://xn--bcher-kva.example/' },
      ],
      strangers: [
        ...[
          'hooks.example.com/a',
          'ftp://example.com/',
          'file:///etc/passwd',
          'data:text/plain,hello',
          'javascript:alert(1)',
        ],
        ...[
          'https://user:secret@example.com/',
          'https://user@example.com/',
          'https:',
          'https://a b/',
          'https://a.example/#part',
        ],
        ...[
          `https://a.example/${'x'.repeat(2_048)}`,
          'https://127.0.0.1:99999/',
          '//example.com/',
          'https://1.2.3.4.5/',
        ],
      ],
      neutral: { title: 'Parcel', body: 'It is here', url: 'https://shop.example/p/1' },
      own: { title: 'Parcel 1', data: { order: 'A-17', weight: 2.5 }, body: { order: '{{data.order}}' } },
    }),
    close: async () => undefined,
  });
});

test('the default export is the named one', () => {
  expect(named).toBe(webhook);
});

test('is tried again as Standard Webhooks advises, in fairness between servers', () => {
  expect(webhook.retry).toBe(standardWebhooksSchedule);
  expect(webhook.flowOf?.('https://a.example:8443/one?x=1')).toBe('https://a.example:8443');
  expect(webhook.flowOf?.('https://a.example:8443/two')).toBe('https://a.example:8443');
  expect(webhook.flowOf?.('https://a.example/one')).toBe('https://a.example');
});

test('a masked address shows the origin, never the path or the query', () => {
  expect(webhook.maskAddress('https://hooks.example.com:8443/c4n4ry?key=c4n4ry')).toBe(
    'https://hooks.example.com:8443/***',
  );
});

test('plays every sandbox fault', () => {
  expect(new Set(Object.values(webhook.sandbox))).toEqual(
    new Set(['refused', 'deferred', 'misconfigured', 'hang', 'uncertain', 'delivered', 'undelivered', 'found', 'lost']),
  );
});

describe('content', () => {
  it.each<[unknown, string]>([
    [{ url: 'javascript:alert(1)' }, '/url'],
    [{ data: { order: { id: 1 } } }, '/data/order'],
    [{ data: { 'a.b': 1 } }, '/data/a.b'],
    [{ data: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, n])) }, '/data'],
    [{ body: 'text' }, '/body'],
    [{ body: { a: [{ b: '{{constructor}}' }] } }, '/body'],
    [{ body: { a: '{{metadata.orderId}}' } }, '/body'],
    [{ body: { a: '{{title.length}}' } }, '/body'],
  ])('%j is refused at %s', (own, pointer) => {
    const result = validate(webhook.content, own);
    expect(result.ok ? [] : result.failure.map((problem) => problem.pointer)).toEqual([pointer]);
  });

  it('says what a body misses of the values that come with it', () => {
    expect(webhook.render({ title: 't' }, { body: { a: '{{data.order}}' }, data: { other: 1 } })).toMatchObject({
      ok: false,
      failure: [{ pointer: '/webhook/body', code: 'value_missing' }],
    });
  });

  it('needs something to say; a link alone is nothing', () => {
    expect(webhook.render({ url: 'https://a.example' }, {})).toMatchObject({ failure: [{ code: 'content_missing' }] });
    expect(webhook.render({}, { data: { on: true } }).ok).toBe(true);
    expect(webhook.render({}, { body: { ping: true } }).ok).toBe(true);
  });
});
