import { suggestion } from '../config/problems/suggestion.ts';

/** Words that the program does not understand: exit code 2. */
export class WrongUsage extends Error {}

export interface CommandLine {
  readonly command: string;
  /** What follows the command: `check` of `config check`. */
  readonly action: string | null;
  readonly config: string | null;
  readonly role: string;
  readonly json: boolean;
  readonly help: boolean;
}

interface CommandHelp {
  readonly actions: readonly string[];
  readonly does: string;
}

/** Every command of this version, for the parser and for `help` alike. */
export const commands: Readonly<Record<string, CommandHelp>> = {
  serve: { actions: [], does: 'run the gateway' },
  config: {
    actions: ['check', 'schema', 'show'],
    does: 'check the configuration, print its JSON Schema, or show what is in force',
  },
  version: { actions: [], does: 'print the version' },
  help: { actions: [], does: 'print this' },
};

export function unknownCommand(command: string): WrongUsage {
  return new WrongUsage(`there is no command "${command}"${suggestion(command, Object.keys(commands))}`);
}

export function helpText(version: string): string {
  const rows = Object.entries(commands).map(([name, { actions, does }]) => {
    const words = actions.length === 0 ? name : `${name} ${actions.join('|')}`;
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
    '',
    'Without a configuration everything goes into a sandbox. README.md tells the rest.',
  ].join('\n');
}
