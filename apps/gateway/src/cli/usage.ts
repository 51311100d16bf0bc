import { suggestion } from '../config/problems/suggestion.ts';

/** Words that the program does not understand: exit code 2. */
export class WrongUsage extends Error {}

export interface CommandLine {
  readonly command: string;
  /** What follows the command: `check` of `config check`, or the file of `backup FILE`. */
  readonly operand: string | null;
  /** What follows the operand: the name in `channel new NAME`, the id in `keys revoke ID`. */
  readonly name: string | null;
  /** Where `channel new` makes the folder; null for `plugins`. */
  readonly dir: string | null;
  readonly config: string | null;
  readonly role: string;
  /** What `keys` and `projects` take, by their names. */
  readonly options: AccessOptions;
  readonly json: boolean;
  readonly force: boolean;
  readonly resume: boolean;
  readonly help: boolean;
}

/** Texts that `keys` and `projects` take. */
type AccessOptions = Readonly<Partial<Record<(typeof accessOptions)[number], string>>>;
export const accessOptions = ['name', 'scopes', 'expires', 'rate', 'project', 'url', 'key'] as const;

interface CommandHelp {
  /** What has to follow: one of these words, any text, or nothing. */
  readonly operand: readonly string[] | 'FILE' | null;
  /** The one of these words that is meant when none is given. */
  readonly otherwise?: string;
  /** What follows some of them; `[NAME]` may be left out. */
  readonly arguments?: Readonly<Record<string, 'NAME' | '[NAME]' | 'ID'>>;
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
  channel: {
    operand: ['new'],
    arguments: { new: 'NAME' },
    does: 'make a channel plugin with its contract test, ready to run',
  },
  keys: {
    operand: ['create', 'list', 'revoke'],
    arguments: { create: '[NAME]', revoke: 'ID' },
    does: 'make, list and revoke keys, here or on a running gateway',
  },
  projects: {
    operand: ['create', 'list'],
    otherwise: 'list',
    arguments: { create: 'NAME' },
    does: 'make and list projects, here or on a running gateway',
  },
  version: { operand: null, does: 'print the version' },
  help: { operand: null, does: 'print this' },
};

export function unknownCommand(command: string): WrongUsage {
  return new WrongUsage(`there is no command "${command}"${suggestion(command, Object.keys(commands))}`);
}

export function helpText(version: string): string {
  const rows = Object.entries(commands).map(([name, { operand, arguments: following = {}, does }]) => {
    const choice = typeof operand === 'string' ? [operand] : (operand ?? []);
    const words = choice.map((word) => (following[word] === undefined ? word : `${word} ${following[word]}`));
    return `  ${`${name} ${words.join('|')}`.padEnd(34)}${does}`;
  });
  return [
    `posthorn ${version}: one POST /notify, and the message reaches its person`,
    '',
    'usage: posthorn COMMAND [options]',
    '',
    ...rows,
    '',
    'options:',
    '  --config FILE                     the configuration, instead of POSTHORN_CONFIG or ./posthorn.yaml',
    '  --role all                        what serve does: all',
    '  --json                            print JSON',
    '  --dir DIR                         channel new: where its folder is made, instead of ./plugins',
    '  --force                           restore: replace the store that is there',
    '  --resume                          restore: send what the backup still had to send',
    '  --name NAME                       keys create: the same as NAME, what people call the key',
    '  --scopes notify,read              keys create: what it may do, of notify, otp, read, manage, admin',
    '  --expires 90d                     keys create: when it ends, as a span or a moment',
    '  --rate 100/s                      keys create: most requests with it',
    '  --project NAME                    keys create, list: the project, instead of the default one',
    '  --url URL --key KEY               keys, projects: on this running gateway, with an admin key of it',
    '',
    'Without a configuration everything goes into a sandbox. README.md tells the rest.',
  ].join('\n');
}
