import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Which of these stand somewhere in the files of a folder, as `file: needle`. Texts are looked for as UTF-8 and as UTF-16. */
export function foundIn(folder: string, needles: readonly (string | Buffer)[]): readonly string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  return files.flatMap((name) => {
    const bytes = readFileSync(join(folder, name));
    const stands = (needle: string | Buffer) =>
      bytes.includes(needle) || (typeof needle === 'string' && bytes.includes(Buffer.from(needle, 'utf16le')));
    return needles.filter(stands).map((needle) => `${name}: ${needle.toString('latin1')}`);
  });
}
