import { stat } from 'node:fs/promises';
import type { EncryptionKey } from './config.ts';
import { isWithin, type Report } from './problems/problem.ts';
import type { Referenced } from './references.ts';
import { encryption } from './schema.ts';
import { secret } from './secret.ts';

const path = ['encryption', 'keys'] as const;
/** The key that is drawn from `posthorn.key`: always there, so that what it has sealed can be opened when another takes over. */
export const ownKeyId = 'default';
const forStrangers = 0o007;

/** Reads `encryption`; its shape has been checked with the whole file. A key that anybody can read is refused. */
export async function readEncryption(
  given: unknown,
  references: readonly Referenced[],
  report: Report,
): Promise<readonly EncryptionKey[]> {
  const parsed = encryption.safeParse(given);
  if (!parsed.success) return [];
  const { keys } = parsed.data;
  for (const [place, { id }] of keys.entries()) {
    const at = [...path, place, 'id'];
    if (id === ownKeyId)
      report.problem(at, `"${ownKeyId}" is the key of the data directory itself: choose another name`);
    else if (keys.findIndex((key) => key.id === id) !== place)
      report.problem(at, `the key "${id}" stands here twice: give each secret a name of its own`);
    const written = [...path, place, 'secret'];
    const reference = references.find((each) => isWithin(each.path, written));
    if (reference === undefined)
      report.warning(written, 'this secret stands in the file itself: use {env: NAME} or {file: path} to keep it out');
    else if (reference.file !== undefined && ((await stat(reference.file)).mode & forStrangers) !== 0)
      report.problem(
        written,
        `the file ${reference.file} can be read by everybody: run chmod o-rwx ${reference.file}, or mount it with mode 0440`,
      );
  }
  return Object.freeze(keys.map(({ id, secret: text }) => Object.freeze({ id, secret: secret(text) })));
}
