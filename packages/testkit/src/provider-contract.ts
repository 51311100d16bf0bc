import assert from 'node:assert/strict';
import type { LogFields, Logger, OutcomeKind, OutgoingDelivery, Provider } from '@posthorn/core';
import type { Case } from './contract.ts';

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
const patienceMs = 1_500;
/** A provider has to let go this soon after it was aborted. */
const graceMs = 1_000;

export function providerContract<Content>(expectations: Expectations): readonly Case<ProviderBench<Content>>[] {
  const moods = vendorMoods.filter((mood) => expectations[mood] !== undefined);
  return [
    ...moods.map((mood) => moodCase<Content>(mood, expectations[mood] as readonly OutcomeKind[])),
    {
      name: 'uses the same idempotency key for every attempt',
      run: async (bench) => {
        const fixture = await bench.enter('accepts', patienceMs);
        await fixture.provider.send(fixture.delivery, AbortSignal.timeout(patienceMs));
        const first = fixture.key();
        await fixture.provider.send({ ...fixture.delivery, attempt: 2 }, AbortSignal.timeout(patienceMs));
        assert.equal(fixture.key(), first);
      },
    },
    {
      name: 'lets go when it is aborted, and calls the result uncertain',
      run: async (bench) => {
        const fixture = await bench.enter('silent', 60_000);
        const abort = new AbortController();
        const start = performance.now();
        setTimeout(() => abort.abort(), 300).unref();
        const outcome = await fixture.provider.send(fixture.delivery, abort.signal);
        assert.equal(outcome.kind, 'uncertain');
        assert.ok(performance.now() - start < 300 + graceMs, 'it held on');
      },
    },
  ];
}

function moodCase<Content>(mood: VendorMood, expected: readonly OutcomeKind[]): Case<ProviderBench<Content>> {
  return {
    name: `${mood}: ${expected.join(' or ')}, after one request, within its time, telling no secret`,
    run: async (bench) => {
      const fixture = await bench.enter(mood, patienceMs);
      const start = performance.now();
      const outcome = await fixture.provider.send(fixture.delivery, AbortSignal.timeout(patienceMs));
      assert.ok(expected.includes(outcome.kind), `${outcome.kind}: ${JSON.stringify(outcome)}`);
      assert.ok(performance.now() - start < patienceMs + graceMs, 'it took longer than its time');
      assert.ok(fixture.asked() <= 1, `the vendor was asked ${fixture.asked()} times: a hidden retry`);
      const seen = JSON.stringify(outcome) + fixture.logged();
      for (const canary of fixture.canaries) assert.ok(!seen.includes(canary), `"${canary}" leaked into ${seen}`);
    },
  };
}

/** A logger that remembers, for the check that nothing leaks. */
export function recordingLogger(): Logger & { text(): string } {
  const lines: string[] = [];
  const write = (message: string, fields?: LogFields) => void lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  return { debug: write, info: write, warn: write, error: write, text: () => lines.join('\n') };
}
