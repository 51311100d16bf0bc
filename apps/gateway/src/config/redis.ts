import type { RedisPlace } from '@posthorn/store-redis';
import { isWithin, type Path, type Report } from './problems/problem.ts';
import type { Referenced } from './references.ts';
import { type Secret, secret } from './secret.ts';

const path: Path = ['redis', 'url'];

/** Wraps the place, for its password; one that stands in the file itself is worth a warning. */
export function readRedis(
  place: RedisPlace | undefined,
  references: readonly Referenced[],
  report: Report,
): Secret<RedisPlace> | null {
  if (place === undefined) return null;
  const isReferenced = references.some((reference) => isWithin(reference.path, path));
  if (place.password !== null && !isReferenced) {
    const cure = 'use {env: NAME} or {file: path} to keep it out';
    report.warning(path, `the password of this URL stands in the file itself: ${cure}`);
  }
  return secret(place);
}
