import assert from 'node:assert/strict';
import {
  type AddressHints,
  type Channel,
  defineChannel,
  jsonSchemaOf,
  type NeutralContent,
  type Schema,
} from '@posthorn/core';
import type { Case } from './contract.ts';

/** What an author shows of a channel, so that the contract can try its rules on it. */
export interface ChannelSamples<Content> {
  readonly channel: Channel<Content>;
  /** Spellings and the one address that each of them means. */
  readonly addresses: readonly { readonly text: string; readonly hints?: AddressHints; readonly address: string }[];
  /** Texts that are no address. */
  readonly strangers: readonly string[];
  readonly neutral: NeutralContent;
  readonly own: Partial<Content>;
}

const noHints: AddressHints = { region: null };
/** Texts that no channel may choke on, whatever it thinks of them. */
const hostile = [
  '',
  ' ',
  '\r\n',
  '\u0000',
  'a'.repeat(100_000),
  '__proto__',
  '👩‍👩‍👧',
  '+'.repeat(5_000),
  '@',
  '\u202e',
];
/** What a caller may send in the place of an object with fields. */
const junk: readonly unknown[] = [null, 5, 'text', [], [{}], { '': null }, { constructor: 1 }, true];
/** Of the sample address of which most is hidden. Of a short one less may be; e-mail addresses keep their domain. */
const leastHidden = 3;
/** RFC 6901. */
const jsonPointer = /^(\/([^~/]|~[01])*)*$/;

export function channelContract<Content>(): readonly Case<ChannelSamples<Content>>[] {
  return [...addressCases<Content>(), ...contentCases<Content>(), ...statementCases<Content>()];
}

function addressCases<Content>(): readonly Case<ChannelSamples<Content>>[] {
  return [
    {
      name: 'reads every spelling of an address as the same address',
      run: async ({ channel, addresses }) => {
        assert.ok(addresses.length > 0, 'show at least one address');
        for (const { text, hints, address } of addresses) {
          const result = channel.parseAddress(text, hints ?? noHints);
          assert.deepEqual(result, { ok: true, value: address }, `${JSON.stringify(text)} should be ${address}`);
        }
      },
    },
    {
      name: 'leaves an address in its normal form as it is',
      run: async ({ channel, addresses }) => {
        for (const { address } of addresses)
          assert.deepEqual(channel.parseAddress(address, noHints), { ok: true, value: address });
      },
    },
    {
      name: 'refuses what is no address, without repeating it',
      run: async ({ channel, strangers }) => {
        assert.ok(strangers.length > 0, 'show at least one text that is no address');
        for (const text of strangers) {
          const result = channel.parseAddress(text, noHints);
          assert.equal(result.ok, false, `${JSON.stringify(text)} should be refused`);
          if (!result.ok && text.length > 6)
            assert.ok(!result.failure.detail.includes(text), 'the detail repeats the address');
        }
      },
    },
    {
      name: 'never throws on an address, and answers fast',
      run: async ({ channel }) => {
        for (const text of hostile) {
          const start = performance.now();
          const result = channel.parseAddress(text, noHints);
          assert.ok(performance.now() - start < 500, `${text.length} characters took longer than half a second`);
          if (result.ok)
            assert.deepEqual(channel.parseAddress(result.value, noHints), result, 'it is read again in another way');
          else assertProblem(result.failure);
        }
      },
    },
    {
      name: 'never throws on a reply, and knows only two wishes',
      run: async ({ channel }) => {
        for (const text of [...hostile, 'STOP', 'hello'])
          assert.ok([null, 'unsubscribe', 'resubscribe', undefined].includes(channel.readReply?.(text)));
      },
    },
    {
      name: 'masks an address so that it cannot be used',
      run: async ({ channel, addresses }) => {
        for (const { address } of addresses) {
          const masked = channel.maskAddress(address);
          assert.notEqual(masked, address);
          assert.ok(masked.includes('*'), `${masked} hides nothing`);
        }
        const most = Math.max(...addresses.map(({ address }) => hiddenIn(channel.maskAddress(address), address)));
        assert.ok(most >= leastHidden, `at most ${most} characters are hidden`);
      },
    },
    {
      name: 'never throws on an address that it masks',
      run: async ({ channel }) => {
        for (const text of hostile) {
          const masked: unknown = channel.maskAddress(text);
          assert.equal(typeof masked, 'string');
          if (text.length >= 100) assert.ok(!String(masked).includes(text), 'a long address was not masked');
        }
      },
    },
    {
      name: 'shares a lane by a text that an address always has',
      run: async ({ channel, addresses }) => {
        for (const { address } of addresses) {
          const flow: unknown = channel.flowOf?.(address) ?? '';
          assert.equal(typeof flow, 'string');
          assert.equal(channel.flowOf?.(address) ?? '', flow);
        }
      },
    },
  ];
}

function contentCases<Content>(): readonly Case<ChannelSamples<Content>>[] {
  return [
    {
      name: 'its own content wins over the neutral one, and renders to data that survives JSON',
      run: async ({ channel, neutral, own }) => {
        assert.equal(issuesOf(channel.content, own), undefined, 'the sample of own content is not valid');
        const before = structuredClone({ neutral, own });
        const rendered = channel.render(neutral, own);
        assert.ok(rendered.ok, 'the samples do not render');
        assert.deepEqual({ neutral, own }, before, 'what it was given was changed');
        assert.deepEqual(channel.render(neutral, own), rendered, 'it renders differently each time');
        assert.deepEqual(JSON.parse(JSON.stringify(rendered.value)), rendered.value);
        for (const [key, value] of Object.entries(own)) {
          assert.deepEqual((rendered.value as Record<string, unknown>)[key], value, `"${key}" was overridden`);
        }
      },
    },
    {
      name: 'says what is missing when there is nothing to send',
      run: async ({ channel }) => {
        const rendered = channel.render({}, {});
        assert.equal(rendered.ok, false, 'an empty message was rendered');
        if (rendered.ok) return;
        assert.ok(rendered.failure.length > 0, 'it failed without a problem');
        for (const { pointer, ...problem } of rendered.failure) {
          assertProblem(problem);
          assert.match(pointer, jsonPointer);
          const [, field] = pointer.split('/');
          assert.ok(field === 'content' || field === channel.name, `"${pointer}" points at no content of a request`);
        }
      },
    },
    {
      name: 'refuses fields that it does not know',
      run: async ({ channel }) => {
        const issues = issuesOf(channel.content, { noSuchField: 1 });
        assert.ok(issues && issues.length > 0, 'an unknown field was ignored');
      },
    },
    {
      name: 'never throws on content, whatever stands there',
      run: async ({ channel }) => {
        for (const value of junk) issuesOf(channel.content, value);
      },
    },
    {
      name: 'measures what it rendered',
      run: async ({ channel, neutral, own, addresses }) => {
        const rendered = channel.render(neutral, own);
        assert.ok(rendered.ok, 'the samples do not render');
        const cost = channel.measure?.(rendered.value, addresses[0]?.address ?? '');
        if (cost === undefined) return;
        assert.ok(Number.isSafeInteger(cost.parts) && cost.parts > 0, `${cost.parts} parts`);
        assert.equal(typeof cost.detail, 'string');
      },
    },
  ];
}

function statementCases<Content>(): readonly Case<ChannelSamples<Content>>[] {
  return [
    {
      name: 'says of itself what a gateway takes',
      run: async ({ channel }) => {
        assert.equal(defineChannel(channel), channel);
      },
    },
    {
      name: 'describes its content and settings as JSON Schema',
      run: async ({ channel }) => {
        assert.equal(jsonSchemaOf(channel.content)['type'], 'object');
        for (const provider of channel.providers)
          assert.equal(jsonSchemaOf(provider.settings)['type'], 'object', provider.name);
      },
    },
    {
      name: 'refuses settings that no provider knows',
      run: async ({ channel }) => {
        for (const { name, settings } of channel.providers) {
          const issues = issuesOf(settings, { noSuchSetting: 1 });
          assert.ok(issues && issues.length > 0, `${name} ignores a misspelt setting`);
        }
      },
    },
    {
      name: 'plays sandbox faults on addresses in their normal form',
      run: async ({ channel }) => {
        assert.ok(Object.keys(channel.sandbox).length > 0, 'no magic address');
        for (const address of Object.keys(channel.sandbox)) {
          assert.deepEqual(channel.parseAddress(address, noHints), { ok: true, value: address });
        }
      },
    },
  ];
}

/** How many characters of an address its mask does not show at either end. */
function hiddenIn(masked: string, address: string): number {
  const shared = (one: string, other: string) => {
    let length = 0;
    while (length < one.length && one[length] === other[length]) length++;
    return length;
  };
  const head = shared(address, masked);
  const rest = address.slice(head);
  const tail = shared([...rest].toReversed().join(''), [...masked.slice(head)].toReversed().join(''));
  return rest.length - tail;
}

/** Schemas have to answer at once: nothing waits while a request is read. */
function issuesOf(schema: Schema<unknown>, value: unknown) {
  const result = schema['~standard'].validate(value);
  assert.ok(!(result instanceof Promise), 'the schema is asynchronous, or one of its transforms threw');
  return result.issues;
}

function assertProblem({ code, detail }: { readonly code: unknown; readonly detail: unknown }): void {
  assert.match(String(code), /^[a-z][a-z0-9_]*$/, 'a code is stable snake_case');
  assert.ok(typeof detail === 'string' && detail !== '', 'a problem says in words what to change');
}
