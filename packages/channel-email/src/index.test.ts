import { maxAttemptsOf, retryWaitMs, sandboxProvider } from '@posthorn/core';
import { channelContract, runContract, testTools } from '@posthorn/testkit';
import { describe, expect, it, test } from 'vitest';
import { shipment } from '../doubles/shipment.ts';
import type { Content } from './content.ts';
import byDefault, { email } from './index.ts';

describe('channel contract', () => {
  runContract(channelContract<Content>(), {
    runner: { test, skip: test.skip },
    open: async () => ({
      channel: email,
      addresses: [
        { text: ' Li.Si@QQ.com', address: 'Li.Si@qq.com' },
        { text: 'a@例え.jp', hints: { region: 'JP' }, address: 'a@xn--r8jz45g.jp' },
      ],
      strangers: ['nobody', 'a@localhost', 'a@x.example, v@evil.example', 'Li <li@qq.com>'],
      neutral: { title: 'Shipped', body: 'Your order has left', url: 'https://shop.example/orders/17' },
      own: {
        subject: 'Order A-17',
        html: '<p>Your order has left</p>',
        from: 'Shop <orders@shop.example>',
        replyTo: 'help@shop.example',
        attachments: [{ filename: 'invoice.pdf', contentType: 'application/pdf', contentBase64: 'QUJD' }],
      },
    }),
    close: async () => {},
  });
});

it('is the default export too', () => {
  expect(byDefault).toBe(email);
});

it('comes back after a greylist has passed', () => {
  const longest = Array.from({ length: maxAttemptsOf(email.retry) - 1 }, (_, at) =>
    retryWaitMs(email.retry, at + 1, null, () => 1),
  );
  expect(Math.max(...longest)).toBeGreaterThan(5 * 60_000);
  expect(longest.reduce((sum, wait) => sum + wait)).toBeLessThan(5 * 3_600_000);
});

it.each([
  ['refused', 'refused'],
  ['deferred', 'deferred'],
  ['misconfigured', 'misconfigured'],
  ['uncertain', 'uncertain'],
  ['delivered', 'accepted'],
  ['undelivered', 'accepted'],
  ['found', 'uncertain'],
  ['lost', 'uncertain'],
])('plays %s on its magic address', async (fault, kind) => {
  const provider = await sandboxProvider(email.sandbox).open({}, testTools());
  const delivery = shipment({}, `${fault}@sandbox.posthorn.example`);
  expect((await provider.send(delivery, AbortSignal.timeout(1_000))).kind).toBe(kind);
});
