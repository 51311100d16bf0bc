import type { DoubleReply } from '@posthorn/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { connect, delivery, disconnect, reason } from '../../../doubles/apple.ts';

afterEach(disconnect);

const gone = { kind: 'refused', because: 'address', suppress: 'soft' };
const content = { kind: 'refused', because: 'content' };
const html = (status: number): DoubleReply => ({ status, headers: { 'content-type': 'text/html' }, body: 'c4n4ry' });

describe('an answer of APNs:', () => {
  test.each<[string, DoubleReply, object]>([
    [
      'an app that is gone',
      reason(410, 'Unregistered', { timestamp: 1_800_000_000_000 }),
      { ...gone, code: 'Unregistered', detail: expect.stringContaining('(2027-01-15T08:00:00.000Z)') },
    ],
    ['a moment that is none', reason(410, 'Unregistered', { timestamp: 1e300 }), gone],
    ['a token that has expired', reason(410, 'ExpiredToken'), gone],
    ['a payload', reason(413, 'PayloadTooLarge'), content],
    ['a priority', reason(400, 'BadPriority'), content],
    ['a key of another team', reason(403, 'UnrelatedKeyIdInToken'), { kind: 'misconfigured' }],
    ['a topic that is not there', reason(400, 'BadTopic'), { kind: 'misconfigured', code: 'BadTopic' }],
    ['a device in haste', reason(429, 'TooManyRequests'), { kind: 'deferred', scope: 'address', retryAfterMs: null }],
    [
      'too many signatures',
      reason(429, 'TooManyProviderTokenUpdates'),
      { kind: 'deferred', scope: 'account', retryAfterMs: 60_000 },
    ],
    [
      'too many signatures, with a wait',
      reason(429, 'TooManyProviderTokenUpdates', {}, { 'retry-after': '300' }),
      { kind: 'deferred', scope: 'account', retryAfterMs: 300_000 },
    ],
    ['a fault inside', reason(500, 'InternalServerError'), { kind: 'deferred', scope: 'account' }],
    [
      'an overload',
      reason(503, 'ServiceUnavailable', {}, { 'retry-after': '7' }),
      { kind: 'deferred', retryAfterMs: 7_000 },
    ],
    ['a server that goes', reason(503, 'Shutdown'), { kind: 'deferred', scope: 'account' }],
    ['a new reason for 400', reason(400, 'BadMood'), { ...content, code: 'BadMood' }],
    ['a new reason for 403', reason(403, 'BadMood'), { kind: 'misconfigured' }],
    ['a new reason for 410', reason(410, 'BadMood'), { kind: 'refused', because: 'address' }],
    ['a new reason for 429', reason(429, 'BadMood'), { kind: 'deferred', scope: 'address' }],
    ['a new reason for 500', reason(500, 'BadMood'), { kind: 'deferred', scope: 'account' }],
    ['a reason from no table', reason(400, 'toString'), content],
    ['a reason that carries something', reason(400, 'c4n4ry c4n4ry'), { kind: 'deferred', code: 'http_400' }],
    ['a 410 page', html(410), { kind: 'deferred', scope: 'account', code: 'http_410' }],
    ['a gateway page', html(502), { kind: 'deferred', code: 'http_502' }],
    ['a page that says 204', { status: 204, body: '' }, { kind: 'uncertain', code: 'unreadable_answer' }],
    ['an acceptance without an id', { status: 200, body: '' }, { kind: 'accepted', vendorId: null }],
    [
      'an acceptance of the development environment',
      {
        status: 200,
        headers: { 'apns-id': delivery.id.slice(4), 'apns-unique-id': '11111111-2222-3333-4444-555555555555' },
        body: '',
      },
      { kind: 'accepted', vendorId: '11111111-2222-3333-4444-555555555555' },
    ],
  ])('%s', async (_name, answer, expected) => {
    const { double, send } = await connect(() => answer);
    const outcome = await send();
    expect(outcome).toMatchObject(expected);
    expect(double.pushes).toHaveLength(1);
    expect(JSON.stringify(outcome)).not.toContain('c4n4ry');
  });

  test.each(['BadDeviceToken', 'DeviceTokenNotForTopic'])(
    '%s is not suppressed: with a wrong environment or topic it is said of every token',
    async (name) => {
      const { send } = await connect(() => reason(400, name));
      const outcome = await send();
      expect(outcome).toMatchObject({ kind: 'refused', because: 'address', code: name });
      expect(outcome).not.toHaveProperty('suppress');
    },
  );

  test.each(['BadTopic', 'TopicDisallowed'])(
    '%s of a message that names its own topic is the fault of the message, and does not stop the account',
    async (name) => {
      const { send } = await connect(() => reason(400, name));
      const own = { body: 'B', apns: { headers: { 'apns-topic': 'example.other' } } };
      expect(await send(1_500, { ...delivery, content: own })).toMatchObject({ ...content, code: name });
    },
  );
});
