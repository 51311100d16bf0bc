import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Why a fault cannot be brought about on this machine; null when it can. Said aloud, since the tests are skipped. */
export function obstacle(fault: string, reasons: readonly (string | null)[]): string | null {
  const reason = reasons.find((found) => found !== null) ?? null;
  if (reason !== null) process.stdout.write(`*** SKIPPED ${fault} tests: ${reason} ***\n`);
  return reason;
}

export function notLinuxRoot(): string | null {
  if (process.platform !== 'linux') return 'they need Linux';
  return process.getuid?.() === 0 ? null : 'they must be run by root';
}

/** `apt-get install` brings it; .ci/run does. */
export function noProgram(name: string): string | null {
  const found = (process.env['PATH'] ?? '').split(delimiter).some((folder) => isThere(join(folder, name)));
  return found ? null : `there is no ${name}`;
}

function isThere(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
