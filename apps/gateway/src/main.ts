import { Console } from 'node:console';
import { readArguments } from './cli/arguments.ts';
import { run } from './cli/run.ts';
import { WrongUsage } from './cli/usage.ts';

// New files (database, keys, logs) are for their owner alone, whatever the shell's mask.
process.umask(0o077);
process.title = 'posthorn';
// Standard output has what was asked for, and programs read it: what a plugin or a library prints goes where the log is.
globalThis.console = new Console(process.stderr);
// At this signal Node would open a debugger on a port, which every user of the machine could read all secrets through.
process.on('SIGUSR1', () => {});

const exit = { done: 0, failed: 1, wrongUsage: 2 } as const;

process.exitCode = await main(process.argv.slice(2));
// What a library left running must not keep a stopped program alive.
process.exit();

async function main(words: readonly string[]): Promise<number> {
  try {
    return await run(readArguments(words), {
      env: process.env,
      cwd: process.cwd(),
      terminal: process.stderr.isTTY,
      out: (text) => process.stdout.write(`${text}\n`),
      err: (text) => process.stderr.write(`${text}\n`),
      stopRequested,
    });
  } catch (error) {
    process.stderr.write(`posthorn: ${error instanceof Error ? error.message : String(error)}\n`);
    if (!(error instanceof WrongUsage)) return exit.failed;
    process.stderr.write('posthorn help lists the commands\n');
    return exit.wrongUsage;
  }
}

/** The second signal does not wait: what is under way is rescued at the next start. */
function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const ask = () => {
      if (asked) process.exit(exit.failed);
      asked = true;
      resolve();
    };
    process.on('SIGTERM', ask);
    process.on('SIGINT', ask);
  });
}
