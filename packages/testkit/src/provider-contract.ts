import assert from 'node:assert/strict';
import {
  deliveryId,
  idMint,
  type LogFields,
  type Logger,
  type Outcome,
  type OutcomeKind,
  type OutgoingDelivery,
  type Provider,
} from '@posthorn/core';
import { type Overheard, overhear } from './console.ts';
import type { Case } from './contract.ts';
import { assertOutcome } from './outcome-shape.ts';

/** How a double is told to behave in one case. An author's double plays each as its vendor would. */
export const vendorMoods = [
  'accepts',
  'refuses-address',
  'refuses-content',
  'rejects-credentials',
  'throttles',
  'fails-inside',
  'says-html',
  'resets-before-body',
  'resets-after-body',
  'silent',
  'stalls-in-body',
  'huge-answer',
  'not-listening',
] as const;
export type VendorMood = (typeof vendorMoods)[number];

/** One provider, connected to a double that has been put into a mood. */
export interface ProviderFixture<Content> {
  readonly provider: Provider<Content>;
  readonly delivery: OutgoingDelivery<Content>;
  /** How often the double was asked so far: connections that got as far as a request. */
  asked(): number;
  /** What the double took as the idempotency key of the last request; null where the vendor has no place for one. */
  key(): string | null;
  /** What must never be seen outside: secrets, the full address, parameters of the content. */
  readonly canaries: readonly string[];
  /** Everything that the provider logged, as text. */
  logged(): string;
}

/** The kinds of outcome that are right in each mood. A mood that a vendor cannot have is left out, with the reason in the contract's `skip`. */
export type Expectations = Readonly<Partial<Record<VendorMood, readonly OutcomeKind[]>>>;

/** A fixture that opens its provider only when the mood is known. */
export interface ProviderBench<Content> {
  /** Puts the double into the mood and connects a provider whose time per send is `timeoutMs`. */
  enter(mood: VendorMood, timeoutMs: number): Promise<ProviderFixture<Content>>;
}

/** Long enough for a loopback exchange, short enough to wait for. */
const usualPatienceMs = 1_500;
/** A provider has to let go this soon after it was aborted. */
const graceMs = 1_000;
/** Moods in which the vendor took nothing over, or nobody can know: no provider may call these a success. */
const noSuccess: ReadonlySet<VendorMood> = new Set(vendorMoods.filter((mood) => mood !== 'accepts'));

/**
 * The rules of a provider, for the moods that its vendor can have. Throws when the expectations themselves contradict them:
 * a contract in which an error may be a success proves nothing.
 */
export function providerContract<Content>(
  expectations: Expectations,
  patienceMs = usualPatienceMs,
): readonly Case<ProviderBench<Content>>[] {
  const moods = vendorMoods.filter((mood) => expectations[mood] !== undefined);
  checkExpectations(expectations, moods);
  return [
    ...moods.map((mood) => moodCase<Content>(mood, expectations[mood] as readonly OutcomeKind[], patienceMs)),
    {
      name: 'uses the same idempotency key for every attempt',
      run: async (bench) => {
        const fixture = await bench.enter('accepts', patienceMs);
        await send(fixture, AbortSignal.timeout(patienceMs), patienceMs);
        const first = fixture.key();
        const again = { ...fixture.delivery, attempt: 2 };
        await send({ ...fixture, delivery: again }, AbortSignal.timeout(patienceMs), patienceMs);
        assert.equal(fixture.key(), first);
      },
    },
    {
      name: 'uses another idempotency key for another delivery',
      run: async (bench) => {
        const fixture = await bench.enter('accepts', patienceMs);
        await send(fixture, AbortSignal.timeout(patienceMs), patienceMs);
        const first = fixture.key();
        await send({ ...fixture, delivery: another(fixture.delivery) }, AbortSignal.timeout(patienceMs), patienceMs);
        if (first !== null) assert.notEqual(fixture.key(), first, 'the vendor would drop the second message');
      },
    },
    {
      name: 'lets go when it is aborted, and calls the result uncertain',
      run: async (bench) => {
        const fixture = await bench.enter('silent', 60_000);
        const abort = new AbortController();
        setTimeout(() => abort.abort(), 300).unref();
        const outcome = await send(fixture, abort.signal, 300);
        assert.equal(outcome.kind, 'uncertain');
      },
    },
  ];
}

function checkExpectations(expectations: Expectations, moods: readonly VendorMood[]): void {
  if (!moods.includes('accepts')) throw new Error('expectations say nothing of "accepts": a success has to be shown');
  if (!moods.some((mood) => mood.startsWith('refuses-') || mood === 'rejects-credentials'))
    throw new Error('expectations know no error of the vendor: one that it answers has to be shown');
  for (const mood of moods) {
    const kinds = expectations[mood] ?? [];
    if (kinds.length === 0) throw new Error(`expectations of "${mood}" allow nothing`);
    if (noSuccess.has(mood) && kinds.includes('accepted'))
      throw new Error(`expectations of "${mood}" allow "accepted": that is no success`);
  }
}

function moodCase<Content>(
  mood: VendorMood,
  expected: readonly OutcomeKind[],
  patienceMs: number,
): Case<ProviderBench<Content>> {
  return {
    name: `${mood}: ${expected.join(' or ')}, after one request, within its time, telling no secret`,
    run: async (bench) => {
      const fixture = await bench.enter(mood, patienceMs);
      assert.ok(fixture.canaries.length > 0, 'name at least one secret, address or text that must not be seen');
      const heard = overhear();
      try {
        const outcome = await send(fixture, AbortSignal.timeout(patienceMs), patienceMs);
        assert.ok(expected.includes(outcome.kind), `${outcome.kind}: ${JSON.stringify(outcome)}`);
        assertOutcome(outcome);
        if (outcome.kind === 'accepted') assert.ok(fixture.asked() > 0, 'accepted, and the vendor was never asked');
        assert.ok(fixture.asked() <= 1, `the vendor was asked ${fixture.asked()} times: a hidden retry`);
        assertSilence(fixture, outcome, heard);
      } finally {
        heard.stop();
      }
    },
  };
}

/** One try that fails the case instead of hanging it when the provider does not let go. */
async function send<Content>(
  { provider, delivery }: ProviderFixture<Content>,
  signal: AbortSignal,
  dueMs: number,
): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const heldOn = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new assert.AssertionError({ message: 'it held on beyond its time' })),
      dueMs + graceMs,
    );
  });
  try {
    return await Promise.race([provider.send(delivery, signal), heldOn]);
  } finally {
    clearTimeout(timer);
  }
}

function assertSilence<Content>(
  { canaries, logged }: ProviderFixture<Content>,
  outcome: Outcome,
  heard: Overheard,
): void {
  const seen = `${JSON.stringify(outcome)} ${logged()} ${heard.text()}`;
  for (const canary of canaries) {
    for (const spelling of new Set([canary, encodeURIComponent(canary)]))
      assert.ok(!seen.includes(spelling), `"${canary}" leaked into ${seen}`);
  }
}

/** The same message as a notification of its own. */
function another<Content>(delivery: OutgoingDelivery<Content>): OutgoingDelivery<Content> {
  const notification = idMint().notification(Date.UTC(2026, 1, 1));
  return { ...delivery, notification, id: deliveryId(notification, 1) };
}

/** A logger that remembers, for the check that nothing leaks. */
export function recordingLogger(): Logger & { text(): string } {
  const lines: string[] = [];
  const write = (message: string, fields?: LogFields) => void lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  return { debug: write, info: write, warn: write, error: write, text: () => lines.join('\n') };
}
