import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { readJson } from './json-body.ts';
import { HttpProblem, mostErrors } from './problems.ts';

const limit = 1_000;

interface Read {
  readonly value?: unknown;
  readonly code?: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string }[];
}

/** What a handler gets to see of such a request. */
async function read(body: RequestInit['body'], headers: Record<string, string> = {}): Promise<Read> {
  const app = new Hono();
  app.post('/', async (context) => context.json({ value: await readJson(context, limit) }));
  app.onError((error, context) => {
    if (!(error instanceof HttpProblem)) throw error;
    return context.json({ code: error.code, errors: error.errors });
  });
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body, duplex: 'half' };
  const response = await app.request('/', init as RequestInit);
  return (await response.json()) as Read;
}

const streamOf = (...parts: readonly string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
      controller.close();
    },
  });

describe('readJson', () => {
  it.each(['{"a":[1,"é",null,true]}', '[]', 'null', '"x"', ' 1 ', '["\\\\u0000"]'])('reads %s', async (text) => {
    expect(await read(text)).toEqual({ value: JSON.parse(text) });
  });

  it('reads a body that comes in parts, cut within a character', async () => {
    const bytes = new TextEncoder().encode('{"a":"é"}');
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    expect(await read(body)).toEqual({ value: { a: 'é' } });
  });

  it.each(['', '{', 'undefined', '{"a":1}x', '\ufeff{}', "{'a':1}", '[1,]'])('refuses %j', async (text) => {
    expect(await read(text)).toMatchObject({ code: 'invalid_json' });
  });

  it.each([[[0x22, 0xff, 0x22]], [[0x22, 0xc3, 0x22]], [[0xff, 0xfe, 0x22, 0, 0x22, 0]]])(
    'refuses the bytes %j',
    async (bytes) => {
      expect(await read(new Uint8Array(bytes))).toMatchObject({ code: 'invalid_json' });
    },
  );

  it('takes its limit to the byte, declared or not', async () => {
    const fitting = `"${'x'.repeat(limit - 2)}"`;
    expect(await read(fitting)).toHaveProperty('value');
    expect(await read(streamOf(fitting))).toHaveProperty('value');
    expect(await read(`${fitting} `)).toMatchObject({ code: 'payload_too_large' });
    expect(await read(streamOf(fitting, ' '))).toMatchObject({ code: 'payload_too_large' });
    expect(await read('{}', { 'content-length': String(limit + 1) })).toMatchObject({ code: 'payload_too_large' });
  });

  it('does not read on when there is too much', async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(100).fill(0x20));
      },
    });
    expect(await read(endless)).toMatchObject({ code: 'payload_too_large' });
    expect(pulled).toBeLessThan(20);
  });

  it('answers a body that broke off as one', async () => {
    const broken = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(new Error('aborted')) });
    expect(await read(broken)).toMatchObject({ code: 'invalid_json' });
  });

  it.each(['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset="utf-8"'])(
    'takes %s',
    async (type) => {
      expect(await read('{}', { 'content-type': type })).toEqual({ value: {} });
    },
  );

  it.each(['text/plain', 'application/json; charset=utf-16', 'application/json+x', ''])('refuses %s', async (type) => {
    expect(await read('{}', { 'content-type': type })).toMatchObject({ code: 'unsupported_media_type' });
  });

  it('refuses any Content-Encoding', async () => {
    expect(await read('{}', { 'content-encoding': 'identity' })).toMatchObject({ code: 'unsupported_media_type' });
  });

  it.each([
    ['{"a":["x\\u0000"]}', '/a/0', 'nul'],
    ['{"a":{"b":"\\ud800"}}', '/a/b', 'lone_surrogate'],
    ['{"a":{"\\udc00":1}}', '/a', 'lone_surrogate'],
    ['{"a":[1e400]}', '/a/0', 'not_finite'],
    ['{"a":{"__proto__":{}}}', '/a/__proto__', 'unknown_field'],
    ['{"a/b~c":"\\u0000"}', '/a~1b~0c', 'nul'],
    [`${'['.repeat(33)}${']'.repeat(33)}`, '/0'.repeat(32), 'too_deep'],
  ])('points at what is wrong in %s', async (text, pointer, code) => {
    expect(await read(text)).toMatchObject({ code: 'invalid_request', errors: [{ pointer, code }] });
  });

  it('reads 32 levels', async () => {
    expect(await read(`${'['.repeat(32)}${']'.repeat(32)}`)).toHaveProperty('value');
  });

  it('stops counting faults at some time', async () => {
    const { errors } = await read(`[${Array.from({ length: 150 }, () => '1e999').join(',')}]`);
    expect(errors).toHaveLength(mostErrors);
  });
});
