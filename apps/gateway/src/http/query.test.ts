import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HttpProblem } from './problems.ts';
import { cursorParameter, limitParameter, readQuery } from './query.ts';

const schema = z.strictObject({ limit: limitParameter, cursor: cursorParameter, name: z.string().optional() });

async function read(query: string): Promise<{ value?: object; pointers?: readonly string[] }> {
  const app = new Hono();
  app.get('/', (context) => context.json({ value: readQuery(context, schema) }));
  app.onError((error, context) => {
    if (!(error instanceof HttpProblem)) throw error;
    return context.json({ pointers: error.errors.map(({ pointer }) => pointer) });
  });
  return (await (await app.request(`/?${query}`)).json()) as object;
}

describe('readQuery', () => {
  it.each([
    ['', { limit: 50 }],
    ['limit=1', { limit: 1 }],
    ['limit=100&name=a%20b+c', { limit: 100, name: 'a b c' }],
    ['limit=007', { limit: 7 }],
    ['name=', { limit: 50, name: '' }],
    ['cursor=a.b', { limit: 50, cursor: 'a.b' }],
  ])('reads "%s"', async (query, value) => {
    expect(await read(query)).toEqual({ value });
  });

  it.each([
    ['limit=0', ['/limit']],
    ['limit=101', ['/limit']],
    ['limit=1000', ['/limit']],
    ['limit=-1', ['/limit']],
    ['limit=1.0', ['/limit']],
    ['limit=', ['/limit']],
    ['limit=%EF%BC%95', ['/limit']],
    [`cursor=${'x'.repeat(201)}`, ['/cursor']],
    ['page=1', ['/page']],
    ['a/b=1', ['/a~1b']],
    ['name=a&name=a', ['/name']],
    ['name=a&name=b&limit=0&page=1', ['/name', '/limit', '/page']],
    ['__proto__=1', ['/__proto__']],
    ['toString=1', ['/toString']],
    ['constructor=1&constructor=2', ['/constructor', '/constructor']],
  ])('refuses "%s"', async (query, pointers) => {
    expect((await read(query)).pointers?.toSorted()).toEqual(pointers.toSorted());
  });
});
