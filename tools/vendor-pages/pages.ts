import {
  type Channel,
  type CodeRow,
  type CodeTable,
  kinds as everyKind,
  formatDuration,
  type ProviderKind,
  type ProviderReference,
  type Quota,
} from '@posthorn/core';
import { consequenceOf, outcomeWord } from './consequence.ts';
import { codeWord, table } from './markdown.ts';
import { neededSettings, settingsTable } from './settings.ts';

/** A provider with what its page is made of. */
interface Vendor {
  readonly channel: Channel;
  readonly kind: ProviderKind;
  readonly reference: ProviderReference;
}

const made = '<!-- Made by `pnpm vendor-pages` from the tables that the code uses: change those. -->';

/** Every page by the name of its file, `README.md` among them. Throws when a provider has nothing to make one of. */
export async function pagesOf(channels: readonly Channel[]): Promise<ReadonlyMap<string, string>> {
  const vendors = await Promise.all(
    channels.flatMap((channel) =>
      channel.providers.map(async (kind): Promise<Vendor> => {
        const reference = await kind.reference?.();
        if (reference === undefined) throw new Error(`the provider ${channel.name}/${kind.name} has no reference`);
        return { channel, kind, reference };
      }),
    ),
  );
  const pages = vendors.map((vendor) => [`${vendor.kind.name}.md`, page(vendor)] as const);
  return new Map([['README.md', index(vendors)], ...pages]);
}

function index(vendors: readonly Vendor[]): string {
  const rows = vendors.map(({ channel, kind, reference }) => [
    `[${kind.name}](${kind.name}.md)`,
    channel.name,
    reference.title,
  ]);
  return joined([
    made,
    '# Vendors',
    'What to fill in for an account of each, what each code of its answers means, and what Posthorn does about it. Beside the ' +
      'settings of its vendor every account takes `use`, `endpoint`, `timeout`, `concurrency`, `rate`, `weight` and ' +
      '`onUncertain`; `posthorn config schema` has them all. A secret is a reference, `{ env: NAME }` or `{ file: path }`.',
    table(['use', 'channel', 'vendor'], rows),
    'What the outcomes mean is in [outcomes.md](../outcomes.md); the provider `sandbox`, which every channel has, in [sandbox.md](../sandbox.md); when marks ' +
      'against an address keep messages from it, in [callbacks.md](../callbacks.md).',
  ]);
}

function page({ channel, kind, reference }: Vendor): string {
  const receipts = reference.receipts ?? [];
  return joined([
    made,
    `# ${kind.name}: ${reference.title}`,
    reference.about,
    '## What to fill in',
    example(channel, kind),
    settingsTable(kind),
    kind.endpoint === null
      ? 'There is no one address that it talks to.'
      : `It talks to ${kind.endpoint}; \`endpoint\` puts another address in its place, for a proxy or a double.`,
    ...(kind.quotas === undefined ? [] : ['## What the vendor allows', quotasTable(kind.quotas)]),
    '## What its answers mean',
    ...reference.answers.flatMap((one) => codeTable(one, channel, kind)),
    ...(receipts.length === 0
      ? []
      : ['## What its receipts mean', ...receipts.flatMap((one) => codeTable(one, channel, kind))]),
    '## When nobody knows',
    kind.onUncertain === 'hold'
      ? 'An attempt of unknown outcome is not repeated by itself (`onUncertain: hold`): the vendor could send it twice.'
      : 'An attempt of unknown outcome is repeated (`onUncertain: retry`), unless its notification is `at-most-once`.',
  ]);
}

function example(channel: Channel, kind: ProviderKind): string {
  const words = neededSettings(kind).map(({ name, isSecret }) => {
    const variable = `${kind.name}_${name.replaceAll(/[A-Z]/g, '_$&')}`.toUpperCase().replaceAll('-', '_');
    return `${name}: ${isSecret ? `{ env: ${variable} }` : '…'}`;
  });
  const account = [`use: ${kind.name}`, ...words].join(', ');
  return ['```yaml', 'channels:', `  ${channel.name}:`, '    accounts:', `      main: { ${account} }`, '```'].join(
    '\n',
  );
}

function quotasTable(quotas: readonly Quota[]): string {
  const rows = quotas.map(({ per, field, kinds = everyKind, windows }) => [
    [per, ...(field === undefined ? [] : [`\`${field}\``])].join(', '),
    kinds.length === everyKind.length ? 'all' : kinds.map((kind) => `\`${kind}\``).join(', '),
    windows.map(({ most, ms }) => `${most} in ${formatDuration(ms)}`).join(', '),
  ]);
  return `Known beforehand and kept; what is over it waits and spends no attempt.\n\n${table(['counted by', 'kinds', 'at most'], rows)}`;
}

function codeTable({ title, rows }: CodeTable, channel: Channel, kind: ProviderKind): readonly string[] {
  const lines = ranges(rows).map(({ codes, means, outcome, note }) => [
    codes,
    note === undefined ? means : `${means}. ${note}`,
    outcomeWord(outcome),
    consequenceOf(outcome, channel, kind),
  ]);
  const heads = ['code', 'meaning', 'outcome', 'what happens'];
  return title === undefined ? [table(heads, lines)] : [`### ${title}`, table(heads, lines)];
}

/** Rows that follow each other and mean the same are one: `E000001`, …, `E000026`. */
function ranges(rows: readonly CodeRow[]): readonly (Omit<CodeRow, 'code'> & { readonly codes: string })[] {
  const runs: CodeRow[][] = [];
  for (const row of rows) {
    const run = runs.at(-1);
    if (run !== undefined && same(run[0], row)) run.push(row);
    else runs.push([row]);
  }
  return runs.map((run) => {
    const [first, last] = [run[0], run.at(-1)] as [CodeRow, CodeRow];
    const named =
      run.length > 4 ? [codeWord(first.code), '…', codeWord(last.code)] : run.map(({ code }) => codeWord(code));
    return { ...first, codes: named.join(', ') };
  });
}

function same(one: CodeRow | undefined, other: CodeRow): boolean {
  const told = ({ means, outcome, note }: CodeRow) => JSON.stringify([means, outcome, note]);
  return one !== undefined && told(one) === told(other);
}

function joined(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
