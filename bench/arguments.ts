import { parseArgs } from 'node:util';

export interface Arguments {
  readonly quick: boolean;
  /** Names of figures; empty for all. */
  readonly only: readonly string[];
  readonly markdown: boolean;
  readonly profiles: string | null;
  readonly help: boolean;
}

/** Reads the command line; throws with one line that says what is wrong with it. */
export function readArguments(words: readonly string[], figures: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...words],
    strict: true,
    allowPositionals: false,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      markdown: { type: 'boolean', default: false },
      profile: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const unknown = values.only.find((name) => !figures.includes(name));
  if (unknown !== undefined) throw new Error(`there is no figure "${unknown}"; there are ${figures.join(', ')}`);
  const { quick, only, markdown, profile, help } = values;
  return { quick, only, markdown, profiles: profile ?? null, help };
}
