import { parseArgs } from 'node:util';
import { suggestion } from '../config/problems/suggestion.ts';
import { accessOptions, type CommandLine, commands, unknownCommand, WrongUsage } from './usage.ts';

const options = {
  config: { type: 'string' },
  role: { type: 'string' },
  dir: { type: 'string' },
  name: { type: 'string' },
  scopes: { type: 'string' },
  expires: { type: 'string' },
  rate: { type: 'string' },
  project: { type: 'string' },
  url: { type: 'string' },
  key: { type: 'string' },
  json: { type: 'boolean' },
  force: { type: 'boolean' },
  resume: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;
const roles = ['all'];
const articles = { NAME: 'a NAME', ID: 'an ID' } as const;

/** Who takes an option that not everybody takes: a command, or a command with its word. */
const takers: Readonly<Record<string, readonly string[]>> = {
  dir: ['channel'],
  name: ['keys create'],
  scopes: ['keys create'],
  expires: ['keys create'],
  rate: ['keys create'],
  project: ['keys create', 'keys list'],
  url: ['keys', 'projects'],
  key: ['keys', 'projects'],
};

/** Reads the words after `posthorn`. Throws `WrongUsage` with a suggestion for a misspelt one. */
export function readArguments(words: readonly string[]): CommandLine {
  const { values, positionals } = parse(words);
  const [command = values.version ? 'version' : 'help', ...rest] = positionals;
  const known = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (!known) throw unknownCommand(command);
  const [operand = known.otherwise ?? null, ...further] = rest;
  const following = known.arguments?.[operand ?? ''];
  const [name = null, ...surplus] = following === undefined ? [null, ...further] : further;
  // Whoever asks for help need not know the rest.
  if (values.help !== true) checkOperand(command, known.operand, operand);
  if (values.help !== true && following !== undefined && following !== '[NAME]' && name === null)
    throw new WrongUsage(`${command} ${operand} needs ${articles[following]}`);
  if (surplus.length > 0) throw new WrongUsage(`"${surplus[0]}" is one word too many`);
  const { config = null, role = 'all', dir = null, json = false, force = false, resume = false, help = false } = values;
  if (!roles.includes(role)) throw new WrongUsage(`this version knows only --role all, not "${role}"`);
  checkOptions(`${command} ${operand ?? ''}`.trim(), values);
  const wishes = Object.fromEntries(
    accessOptions.flatMap((each) => (values[each] === undefined ? [] : [[each, values[each]]])),
  );
  return { command, operand, name, dir, role, config, options: wishes, json, force, resume, help };
}

function checkOptions(words: string, given: Readonly<Record<string, unknown>>): void {
  for (const [option, who] of Object.entries(takers)) {
    if (given[option] === undefined || who.includes(words) || who.includes(words.split(' ')[0] ?? '')) continue;
    throw new WrongUsage(`${words} takes no --${option}`);
  }
  if (given['key'] !== undefined && given['url'] === undefined)
    throw new WrongUsage('--key is for a running gateway: give its address too, with --url');
}

function checkOperand(command: string, wanted: readonly string[] | 'FILE' | null, operand: string | null): void {
  if (wanted === null && operand !== null) throw new WrongUsage(`${command} takes no "${operand}"`);
  if (wanted === 'FILE' && operand === null) throw new WrongUsage(`${command} needs the name of a file`);
  if (wanted === null || wanted === 'FILE' || (operand !== null && wanted.includes(operand))) return;
  const hint = operand === null ? '' : `, not "${operand}"${suggestion(operand, wanted)}`;
  throw new WrongUsage(`${command} needs one of ${wanted.join(', ')}${hint}`);
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    const unknown = words.find(
      (word) => word.startsWith('--') && !Object.hasOwn(options, word.slice(2).split('=')[0] ?? ''),
    );
    if (unknown === undefined) throw new WrongUsage(error instanceof Error ? error.message : String(error));
    const names = Object.keys(options).map((name) => `--${name}`);
    throw new WrongUsage(`there is no option "${unknown.split('=')[0]}"${suggestion(unknown, names)}`);
  }
}
