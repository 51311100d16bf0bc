import { readFileSync } from 'node:fs';
import type { ProblemAnswer } from '../../api.ts';
import type { FuzzedAnswer } from './line.ts';

/** Every code with its status, as the documentation has them. */
const documented = new Map(
  [
    ...readFileSync(new URL('../../../../../docs/problems.md', import.meta.url), 'utf8').matchAll(
      /^\| `(\w+)` +\| (\d{3})/gm,
    ),
  ].map(([, code = '', status = '']) => [code, Number(status)]),
);
const companions: Readonly<Record<number, string>> = { 401: 'www-authenticate', 405: 'allow', 429: 'retry-after' };

/** In what an answer breaks the contract; null when it keeps it. A page for people is no problem document. */
export function breachOf(method: string, { status, headers, text }: FuzzedAnswer, isPage: boolean): string | null {
  if (status >= 500) return `${status}`;
  if (headers['x-request-id'] === undefined) return 'no X-Request-Id';
  const companion = companions[status];
  if (companion !== undefined && headers[companion] === undefined) return `${status} without ${companion}`;
  if (/node:internal|\.ts:\d|node_modules|\n\s+at /.test(text)) return 'a stack in the answer';
  if (status < 400 || method === 'HEAD' || (isPage && status === 404)) return null;
  if (headers['content-type'] !== 'application/problem+json') return `${status} as ${headers['content-type']}`;
  const problem = JSON.parse(text) as ProblemAnswer;
  if (documented.get(problem.code) !== status || problem.status !== status) return `${problem.code} with ${status}`;
  if (problem.requestId !== headers['x-request-id']) return 'another request id in the body';
  if (problem.errors?.some(({ pointer, code, detail }) => !/^(\/|$)/.test(pointer) || code === '' || detail === ''))
    return 'an error without place, code or detail';
  return null;
}
