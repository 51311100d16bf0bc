import { suggestion } from '../config/problems/suggestion.ts';

/** Words that the program does not understand: exit code 2. */
export class WrongUsage extends Error {}

export interface CommandLine {
  readonly command: string;
  /** What follows the command: `check` of `config check`, or the file of `backup FILE`. */
  readonly operand: string | null;
  /** What follows the operand: the name in `channel new NAME`. */
  readonly name: string | null;
  /** Where `channel new` makes the folder; null for `plugins`. */
  readonly dir: string | null;
  readonly config: string | null;
  readonly role: string;
  readonly json: boolean;
  readonly force: boolean;
  readonly resume: boolean;
  readonly help: boolean;
}

interface CommandHelp {
  /** What has to follow: one of these words, any text, or nothing. */
  readonly operand: readonly string[] | 'FILE' | null;
  /** What has to follow that. */
  readonly argument?: 'NAME';
  readonly does: string;
}

/** Every command of this version, for the parser and for `help` alike. */
export const commands: Readonly<Record<string, CommandHelp>> = {
  serve: { operand: null, does: 'run the gateway' },
  config: {
    operand: ['check', 'schema', 'show'],
    does: 'check the configuration, print its JSON Schema, or show what is in force',
  },
  backup: { operand: 'FILE', does: 'write a consistent copy of the store, also while the gateway runs' },
  restore: { operand: 'FILE', does: 'put a backup in the place of the store of a stopped gateway' },
  channel: { operand: ['new'], argument: 'NAME', does: 'make a channel plugin with its contract test, ready to run' },
  version: { operand: null, does: 'print the version' },
  help: { operand: null, does: 'print this' },
};

export function unknownCommand(command: string): WrongUsage {
  return new WrongUsage(`there is no command "${command}"${suggestion(command, Object.keys(commands))}`);
}

export function helpText(version: string): string {
  const rows = Object.entries(commands).map(([name, { operand, argument = '', does }]) => {
    const words = [name, typeof operand === 'string' ? operand : (operand?.join('|') ?? ''), argument].join(' ');
    return `  ${words.padEnd(28)}${does}`;
  });
  return [
    `posthorn ${version}: one POST /notify, and the message reaches its person`,
    '',
    'usage: posthorn COMMAND [options]',
    '',
    ...rows,
    '',
    'options:',
    '  --config FILE               the configuration, instead of POSTHORN_CONFIG or ./posthorn.yaml',
    '  --role all                  what serve does: all',
    '  --json                      print JSON',
    '  --dir DIR                   channel new: where its folder is made, instead of ./plugins',
    '  --force                     restore: replace the store that is there',
    '  --resume                    restore: send what the backup still had to send',
    '',
    'Without a configuration everything goes into a sandbox. README.md tells the rest.',
  ].join('\n');
}
