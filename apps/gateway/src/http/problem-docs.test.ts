import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { problemTable } from './problems.ts';

it('documents every problem as the code has it, and no other', () => {
  const text = readFileSync(new URL('../../../../docs/problems.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)` +\| (\d+) +\| (.+?) +\|$/gm)].map(([, code, status, title]) => [
    code,
    { status: Number(status), title },
  ]);
  expect(Object.fromEntries(rows)).toEqual(problemTable);
});
