import assert from 'node:assert/strict';
import { type AddressHints, type Channel, jsonSchemaOf, type NeutralContent } from '@posthorn/core';
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

export function channelContract<Content>(): readonly Case<ChannelSamples<Content>>[] {
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
          channel.parseAddress(text, noHints);
          assert.ok(performance.now() - start < 500, `${text.length} characters took longer than half a second`);
        }
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
      },
    },
    {
      name: 'its own content wins over the neutral one, and renders to data that survives JSON',
      run: async ({ channel, neutral, own }) => {
        const checked = await channel.content['~standard'].validate(own);
        assert.equal(checked.issues, undefined, 'the sample of own content is not valid');
        const rendered = channel.render(neutral, own);
        assert.ok(rendered.ok, 'the samples do not render');
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
        if (!rendered.ok) assert.ok(rendered.failure.length > 0);
      },
    },
    {
      name: 'refuses fields that it does not know',
      run: async ({ channel }) => {
        const result = await channel.content['~standard'].validate({ noSuchField: 1 });
        assert.ok(result.issues && result.issues.length > 0, 'an unknown field was ignored');
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
