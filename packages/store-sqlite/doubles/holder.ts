import { openStoreIn } from './temporary-store.ts';

/**
 * A process that opens the store in its first argument, says so, and holds it until it is killed. It keeps no reference to
 * the store: the directory has to stay locked all the same.
 */
try {
  openStoreIn(process.argv[2] as string);
  process.stdout.write('open\n');
  setInterval(() => {}, 1_000);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
