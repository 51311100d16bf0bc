import assert from 'node:assert/strict';
import type { CallbackAnswer, CallbackNews, CallbackReading, CallbackRequest, Provider } from '@posthorn/core';
import type { Case } from '../contract.ts';
import { changedBytes, junkBodies, strangeValuesIn, withBody } from './junk.ts';
import { type AddressRules, assertWellFormed } from './news.ts';

/** A connected account whose vendor reports. */
type Reader = Pick<Provider, 'readCallback'>;

/** What an author shows of a vendor's callbacks: shapes as they were recorded, and what they mean. */
export interface CallbackSamples {
  readonly channel: AddressRules;
  readonly genuine: readonly GenuineCallback[];
  /** What the vendor never sent, beyond what the contract makes of the signed ones itself. Empty where nothing is signed. */
  readonly forged: readonly { readonly name: string; readonly request: CallbackRequest }[];
  /** What must never be seen in a log line or a refusal: secrets, addresses, texts. */
  readonly canaries: readonly string[];
}

export interface GenuineCallback {
  readonly name: string;
  readonly request: CallbackRequest;
  /**
   * The headers in which the vendor signs it, in lower case; none where the signature is in the body, null where nothing is
   * signed. What is signed cannot be changed, and is for one account only.
   */
  readonly signedIn: readonly string[] | null;
  readonly news: readonly CallbackNews[];
  readonly answer: CallbackAnswer;
}

/** Connected accounts of one vendor. */
export interface CallbackFixture {
  readonly provider: Reader;
  /** Another account of the same vendor, with other secrets; null where nothing is signed. */
  readonly stranger: Reader | null;
  /** Everything that both logged, as text. */
  logged(): string;
}

/** What every provider that reads callbacks has to keep: whatever a stranger sends to its address, it changes nothing. */
export function callbackContract(samples: CallbackSamples): readonly Case<CallbackFixture>[] {
  const { genuine, forged } = samples;
  const signed = genuine.filter(({ signedIn }) => signedIn !== null);
  if (genuine.length === 0) throw new Error('a callback contract needs a genuine callback');
  return [
    ...genuine.map((one) => genuineCase(one, samples)),
    ...forged.map(({ name, request }) => ({
      name: `calls it forged: ${name}`,
      run: async ({ provider }: CallbackFixture) => assertForged(await read(provider, request)),
    })),
    ...(signed.length === 0 ? [] : signatureCases(signed)),
    ...junkCases(samples),
    ...discretionCases(samples),
  ];
}

function genuineCase(
  { name, request, news, answer }: GenuineCallback,
  { channel }: CallbackSamples,
): Case<CallbackFixture> {
  return {
    name: `reads ${name}, answers as its vendor wants, and the same again`,
    run: async ({ provider }) => {
      const body = Uint8Array.from(request.body);
      const reading = await read(provider, frozen(request));
      assert.deepEqual(reading, { kind: 'read', news, answer });
      for (const one of news) assertWellFormed(one, channel);
      assert.deepEqual(await read(provider, request), reading, 'the second reading is another one');
      assert.deepEqual(request.body, body, 'the request was changed');
    },
  };
}

function signatureCases(signed: readonly GenuineCallback[]): readonly Case<CallbackFixture>[] {
  return [
    {
      name: 'does not believe a signed callback with a byte changed',
      run: async ({ provider }) => {
        for (const { name, request, news } of signed) {
          let refused = 0;
          for (const body of changedBytes(request)) {
            const reading = await read(provider, withBody(request, body));
            // A byte may mean nothing: another spelling of the same escape, a field that is not covered and not read.
            if (reading.kind === 'read') assert.deepEqual(reading.news, news, `${name}: a changed byte was believed`);
            else refused += 1;
          }
          assert.ok(request.body.length === 0 || refused > 0, `${name}: its body may be anything`);
        }
      },
    },
    {
      name: 'calls a signed callback forged whose signature is missing, or is another one',
      run: async ({ provider }) => {
        for (const { request, signedIn } of signed) {
          assertForgedOrUnreadable(await read(provider, withBody(request, '')));
          for (const header of signedIn ?? []) {
            const { [header]: value, ...headers } = request.headers;
            assert.ok(value !== undefined, `the sample has no header "${header}"`);
            assertForged(await read(provider, { ...request, headers }));
            for (const other of ['', 'x', changedText(value, 0), changedText(value, value.length >> 1)])
              assertForged(await read(provider, { ...request, headers: { ...headers, [header]: other } }));
          }
        }
      },
    },
    {
      name: 'calls a signed callback forged that is for another account',
      run: async ({ stranger }) => {
        assert.ok(stranger !== null, 'a vendor that signs needs a stranger in its fixture');
        for (const { request } of signed) assertForged(await read(stranger, request));
      },
    },
  ];
}

function junkCases({ genuine, channel }: CallbackSamples): readonly Case<CallbackFixture>[] {
  return [
    {
      name: 'cannot read junk, whatever its size, depth and encoding, and lets nobody wait for that',
      run: async ({ provider }) => {
        for (const { request } of genuine)
          for (const [name, body] of Object.entries(junkBodies)) {
            const start = performance.now();
            const reading = await read(provider, { ...withBody(request, body), method: 'POST' });
            assert.notEqual(reading.kind, 'read', `${name} was read`);
            assert.ok(performance.now() - start < slowMs, `${name} took too long`);
          }
      },
    },
    {
      name: 'cannot read a callback that is not UTF-8, is cut off, or has the wrong type',
      run: async ({ provider }) => {
        for (const { name, request, news } of genuine.filter((one) => one.request.body.length > 2)) {
          const { body } = request;
          const middle = body.length >> 1;
          const broken = Uint8Array.of(...body.subarray(0, middle), 0xff, ...body.subarray(middle));
          assert.notEqual((await read(provider, withBody(request, broken))).kind, 'read', `${name}: no UTF-8`);
          const cut = await read(provider, withBody(request, body.slice(0, middle)));
          if (cut.kind === 'read' && news.length > 0)
            assert.notDeepEqual(cut.news, news, `${name}: half of it says the same`);
        }
      },
    },
    {
      name: 'throws at no value, and says nothing that the port does not know',
      run: async ({ provider }) => {
        for (const { request } of genuine)
          for (const body of strangeValuesIn(request)) {
            const reading = await read(provider, withBody(request, body));
            if (reading.kind === 'read') for (const one of reading.news) assertWellFormed(one, channel);
          }
      },
    },
  ];
}

function discretionCases({ genuine, forged, canaries }: CallbackSamples): readonly Case<CallbackFixture>[] {
  return [
    {
      name: 'repeats nothing confidential in a refusal or in the log',
      run: async ({ provider, stranger, logged }) => {
        const requests = [...genuine, ...forged].map(({ request }) => request);
        const bodies = requests.flatMap((request) => [
          request,
          ...strangeValuesIn(request).map((body) => withBody(request, body)),
          ...[...changedBytes(request)].map((body) => withBody(request, body)),
        ]);
        const readings: CallbackReading[] = [];
        for (const request of bodies)
          for (const reader of [provider, ...(stranger === null ? [] : [stranger])])
            readings.push(await read(reader, request));
        const seen = `${readings.map((one) => (one.kind === 'read' ? '' : one.detail)).join('\n')}\n${logged()}`;
        for (const canary of canaries) assert.ok(!seen.includes(canary), `"${canary}" leaked into ${seen}`);
      },
    },
  ];
}

/** Far more than any reading takes, even on a busy machine: what is meant are readings that grow with the square. */
const slowMs = 5_000;

async function read(reader: Reader, request: CallbackRequest): Promise<CallbackReading> {
  assert.ok(reader.readCallback !== undefined, 'the provider reads no callbacks');
  return reader.readCallback(request, AbortSignal.timeout(slowMs));
}

function assertForged(reading: CallbackReading): void {
  assert.equal(reading.kind, 'forged', JSON.stringify(reading));
}

function assertForgedOrUnreadable(reading: CallbackReading): void {
  assert.notEqual(reading.kind, 'read', JSON.stringify(reading));
}

function changedText(text: string, at: number): string {
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
}

function frozen(request: CallbackRequest): CallbackRequest {
  return Object.freeze({ ...request, headers: Object.freeze({ ...request.headers }) });
}
