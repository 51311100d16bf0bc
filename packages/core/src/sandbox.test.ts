import { manualClock, testTools } from '@posthorn/testkit';
import { describe, expect, it } from 'vitest';
import { deliveryId, idMint } from './ids.ts';
import type { OutgoingDelivery, Provider } from './provider.ts';
import { type SandboxFault, sandboxProvider, sandboxReceiptDelayMs } from './sandbox.ts';
import { jsonSchemaOf, validate } from './schema.ts';

const notification = idMint().notification(1);
const delivery: OutgoingDelivery = {
  id: deliveryId(notification, 1),
  notification,
  channel: 'sms',
  address: '+1',
  content: { text: 'hi' },
  attempt: 1,
  kind: 'transactional',
  priority: 'normal',
  expiresAt: null,
};

const faults = [
  'refused',
  'deferred',
  'misconfigured',
  'hang',
  'uncertain',
  'delivered',
  'undelivered',
  'found',
  'lost',
] as const;

async function sandbox(settings: { lookUp?: boolean } = {}) {
  const clock = manualClock();
  const tools = testTools({ clock, account: 'sandbox' });
  const kind = sandboxProvider(Object.fromEntries(faults.map((fault) => [fault, fault])));
  const provider: Provider = await kind.open(settings, tools);
  const send = (address: string, signal = new AbortController().signal) =>
    provider.send({ ...delivery, address }, signal);
  return { clock, tools, kind, send, provider };
}

describe('a sandbox account', () => {
  it('keeps what it would have sent', async () => {
    const { tools, send, clock } = await sandbox();
    expect(await send('+2')).toEqual({ kind: 'accepted', vendorId: `sandbox-${delivery.id}` });
    expect(tools.kept).toEqual([
      {
        delivery: delivery.id,
        notification,
        channel: 'sms',
        account: 'sandbox',
        address: '+2',
        content: { text: 'hi' },
        attempt: 1,
      },
    ]);
    expect(clock.pending()).toBe(0);
  });

  it.each<[SandboxFault, object, number]>([
    ['refused', { kind: 'refused', because: 'address', code: 'sandbox_refused' }, 0],
    ['deferred', { kind: 'deferred', scope: 'address', retryAfterMs: 2_000, code: 'sandbox_deferred' }, 0],
    ['misconfigured', { kind: 'misconfigured', code: 'sandbox_credentials' }, 0],
    ['uncertain', { kind: 'uncertain', code: 'sandbox_timeout' }, 1],
    ['delivered', { kind: 'accepted' }, 1],
    ['undelivered', { kind: 'accepted' }, 1],
    ['found', { kind: 'uncertain', code: 'sandbox_timeout' }, 1],
    ['lost', { kind: 'uncertain', code: 'sandbox_timeout' }, 0],
  ])('plays %s', async (fault, outcome, kept) => {
    const { tools, send } = await sandbox();
    expect(await send(fault)).toMatchObject(outcome);
    expect(tools.kept).toHaveLength(kept);
  });

  it.each(['delivered', 'undelivered'] as const)(
    'hands in the receipt %s a moment after the acceptance',
    async (fault) => {
      const { clock, tools, send } = await sandbox();
      await send(fault);
      clock.advance(sandboxReceiptDelayMs - 1);
      expect(tools.reports).toEqual([]);
      clock.advance(1);
      const receipt = { status: fault, code: `sandbox_${fault}`, detail: null, at: clock.now() };
      expect(tools.reports).toEqual([{ delivery: delivery.id, receipt }]);
      expect(clock.pending()).toBe(0);
    },
  );

  it('hangs until it is aborted, and nothing is kept', async () => {
    const { tools, send } = await sandbox();
    const abort = new AbortController();
    let ended = false;
    const sending = send('hang', abort.signal).finally(() => {
      ended = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(false);
    abort.abort();
    expect(await sending).toMatchObject({ kind: 'uncertain', code: 'timeout' });
    expect(await send('hang', AbortSignal.abort())).toMatchObject({ kind: 'uncertain' });
    expect(tools.kept).toEqual([]);
  });

  it.each(['__proto__', 'constructor', 'toString'])('takes %s for an address like any other', async (address) => {
    const { tools, send } = await sandbox();
    expect(await send(address)).toMatchObject({ kind: 'accepted' });
    expect(tools.kept).toHaveLength(1);
  });

  it('can be asked what became of an attempt where the account says so, and nowhere else', async () => {
    expect((await sandbox()).provider.lookUp).toBeUndefined();
    const { tools, send, provider } = await sandbox({ lookUp: true });
    const asked = () => provider.lookUp?.(delivery, new AbortController().signal);
    await send('uncertain');
    expect(await asked()).toEqual({ kind: 'unknown' });
    await send('found');
    expect(await asked()).toEqual({ kind: 'accepted', vendorId: `sandbox-${delivery.id}` });
    await send('lost');
    expect(tools.kept.map(({ address }) => address)).toEqual(['uncertain', 'found', 'lost']);
  });

  it('knows what it never got, and takes it the next time', async () => {
    const { tools, send, provider } = await sandbox({ lookUp: true });
    expect(await send('lost')).toMatchObject({ kind: 'uncertain' });
    expect(await provider.lookUp?.(delivery, new AbortController().signal)).toEqual({ kind: 'absent' });
    expect(tools.kept).toEqual([]);
    expect(await send('lost')).toMatchObject({ kind: 'accepted' });
    expect(tools.kept).toHaveLength(1);
  });

  it('has one setting', async () => {
    const { settings } = (await sandbox()).kind;
    expect(validate(settings, {})).toEqual({ ok: true, value: {} });
    expect(validate(settings, { lookUp: true })).toEqual({ ok: true, value: { lookUp: true } });
    expect(validate(settings, { lookUp: 'yes' })).toMatchObject({ ok: false, failure: [{ pointer: '/lookUp' }] });
    expect(validate(settings, { token: 1 })).toMatchObject({ ok: false, failure: [{ pointer: '/token' }] });
    expect(jsonSchemaOf(settings)).toMatchObject({ type: 'object', additionalProperties: false });
  });
});
