import { expect, test } from 'vitest';
import { delivery } from '../../../doubles/apple.ts';
import type { Content } from '../../content.ts';
import { deliveringOf } from '../../platform/delivering.ts';
import { payloadOf } from './apns-payload.ts';

const payload = (content: Content) => JSON.parse(payloadOf(deliveringOf({ ...delivery, content }, 0)));

test('says everything in the words of Apple', () => {
  const apns: Content['apns'] = {
    payload: {
      aps: {
        alert: { subtitle: 'S', locKey: 'L', locArgs: ['1'], titleLocKey: 'TL', launchImage: 'I' },
        sound: { name: 'horn', critical: true, volume: 0.5 },
        contentAvailable: true,
        mutableContent: true,
        category: 'C',
        threadId: 'T',
      },
    },
  };
  expect(payload({ title: 'T', body: 'B', badge: 0, sound: 'default', apns })).toEqual({
    aps: {
      alert: {
        title: 'T',
        body: 'B',
        subtitle: 'S',
        'loc-key': 'L',
        'loc-args': ['1'],
        'title-loc-key': 'TL',
        'launch-image': 'I',
      },
      badge: 0,
      sound: { name: 'horn', critical: 1, volume: 0.5 },
      'content-available': 1,
      'mutable-content': 1,
      category: 'C',
      'thread-id': 'T',
    },
  });
});

test('data alone wakes the app, and shows and rings nothing', () => {
  expect(payload({ data: { sync: '1' }, sound: 'default', image: 'https://shop.example/a.png' })).toEqual({
    sync: '1',
    aps: { 'content-available': 1 },
  });
});

test('a picture is left to the app, which is woken for it unless the message says otherwise', () => {
  const image = 'https://shop.example/a.png';
  expect(payload({ body: 'B', image })).toEqual({ image, aps: { alert: { body: 'B' }, 'mutable-content': 1 } });
  const apns = { payload: { aps: { mutableContent: false, alert: 'own' } } };
  expect(payload({ body: 'B', image, apns })).toEqual({ image, aps: { alert: 'own' } });
});

test('data cannot take the place of what Apple reads', () => {
  expect(payload({ body: 'B', data: { aps: 'x' } })).toEqual({ aps: { alert: { body: 'B' } } });
});
