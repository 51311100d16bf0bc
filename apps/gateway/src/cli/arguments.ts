import { parseArgs } from 'node:util';
import { suggestion } from '../config/problems/suggestion.ts';
import { type CommandLine, commands, unknownCommand, WrongUsage } from './usage.ts';

const options = {
  config: { type: 'string' },
  role: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;
const roles = ['all'];

/** Reads the words after `posthorn`. Throws `WrongUsage` with a suggestion for a misspelt one. */
export function readArguments(words: readonly string[]): CommandLine {
  const { values, positionals } = parse(words);
  const [command = values.version ? 'version' : 'help', ...rest] = positionals;
  const known = commands[command];
  if (!known) throw unknownCommand(command);
  const [action = null, ...surplus] = rest;
  checkAction(command, known.actions, action);
  if (surplus.length > 0) throw new WrongUsage(`"${surplus[0]}" is one word too many`);
  const role = values.role ?? 'all';
  if (!roles.includes(role)) throw new WrongUsage(`this version knows only --role all, not "${role}"`);
  return {
    command,
    action,
    role,
    config: values.config ?? null,
    json: values.json ?? false,
    help: values.help ?? false,
  };
}

function checkAction(command: string, actions: readonly string[], action: string | null): void {
  if (actions.length === 0 && action !== null) throw new WrongUsage(`${command} takes no "${action}"`);
  if (actions.length === 0 || (action !== null && actions.includes(action))) return;
  const hint = action === null ? '' : `, not "${action}"${suggestion(action, actions)}`;
  throw new WrongUsage(`${command} needs one of ${actions.join(', ')}${hint}`);
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
