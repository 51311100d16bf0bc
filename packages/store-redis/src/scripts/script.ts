import { createHash } from 'node:crypto';

/** A script that Redis runs as one step: nobody sees or changes anything in the middle of it. */
export interface Script {
  readonly lua: string;
  /** What Redis knows it by. */
  readonly sha: string;
}

export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
