import type { Case } from '../contract.ts';
import { checkCases } from './check.ts';
import { openCases } from './open.ts';
import type { CodeFixture } from './scene.ts';

/** What every store of one-time codes has to keep, whatever it is built on: the rules of the port `CodeStore`. */
export function codeContract(): readonly Case<CodeFixture>[] {
  return [...openCases, ...checkCases];
}
