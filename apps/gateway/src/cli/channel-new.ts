import { relative, resolve, sep } from 'node:path';
import { type Scaffold, scaffoldChannel } from '../plugins/scaffold/scaffold.ts';
import { type CommandLine, WrongUsage } from './usage.ts';

/** Where the command was given, and where it prints. */
export interface Workplace {
  readonly cwd: string;
  out(text: string): void;
}

/** `channel new NAME`: makes the folder and says how to go on. Throws `WrongUsage` where the wish cannot be met. */
export function runChannelNew({ name, dir, json }: CommandLine, { cwd, out }: Workplace, version: string): number {
  // Source code, not a secret: whoever runs the gateway has to read it.
  process.umask(0o022);
  const made = scaffoldChannel({ name: name ?? '', dir: resolve(cwd, dir ?? 'plugins'), version });
  if (!made.ok) throw new WrongUsage(made.failure);
  const { folder, files, linked } = made.value;
  const use = usePath(cwd, folder, name ?? '');
  out(json ? JSON.stringify({ folder, files, use, linked }) : guide(made.value, name ?? '', use).join('\n'));
  return 0;
}

/** What the config file says under `use`, as long as that file lies where the command was given; null when it cannot. */
function usePath(cwd: string, folder: string, name: string): string | null {
  const path = relative(cwd, folder).split(sep).join('/');
  return path.startsWith('..') || path.includes(':') ? null : `./${path}/${name}.ts`;
}

function guide({ folder, files, linked }: Scaffold, name: string, use: string | null): readonly string[] {
  const place = use === null ? [`(${folder} has to lie below the folder of posthorn.yaml)`] : [];
  return [
    `made ${folder}: ${files.join(', ')}`,
    '',
    linked
      ? '@posthorn/core and @posthorn/testkit are links to this source tree. Run its contract test:'
      : 'Run its contract test:',
    `  cd ${folder} && ${linked ? '' : 'npm install && '}node --test`,
    '',
    'Load it: add this to posthorn.yaml, and start the gateway.',
    ...place,
    'channels:',
    `  ${name}:`,
    `    use: ${use ?? `./plugins/${name}/${name}.ts`}`,
    '    accounts:',
    '      trial: { use: sandbox }',
    '',
    'docs/writing-a-channel.md tells the rest.',
  ];
}
