import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Run } from '../figure.ts';

const script = fileURLToPath(new URL('../../tools/bundle.ts', import.meta.url));

/** The gateway as it is packaged. Gives the file to start. */
export function bundleGateway(run: Run): string {
  const home = mkdtempSync(join(run.folder(), 'bundle-'));
  return execFileSync(process.execPath, [script, home], { encoding: 'utf8' }).trim();
}
