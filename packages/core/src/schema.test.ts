import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describe, expect, it } from 'vitest';
import { jsonSchemaOf, type Schema, validate } from './schema.ts';

type Answer = StandardSchemaV1.Result<unknown> | Promise<StandardSchemaV1.Result<unknown>>;

/** A schema that answers what it is told. */
function answering(answer: () => Answer): Schema<unknown> {
  const written = () => ({ type: 'object', title: 'written' });
  return {
    '~standard': { version: 1, vendor: 'test', validate: answer, jsonSchema: { input: written, output: written } },
  };
}

const failures = (issue: StandardSchemaV1.Issue) => {
  const result = validate(
    answering(() => ({ issues: [issue] })),
    {},
  );
  return result.ok ? [] : result.failure;
};

describe('validate', () => {
  it('gives the value as the schema read it', () => {
    expect(
      validate(
        answering(() => ({ value: 7 })),
        'seven',
      ),
    ).toEqual({ ok: true, value: 7 });
  });

  it('points at the place of an issue, also when a key has to be escaped', () => {
    const path = ['sms', { key: 'a/b' }, 0, '~'];
    expect(failures({ message: 'no', path })).toEqual([{ pointer: '/sms/a~1b/0/~0', code: 'invalid', detail: 'no' }]);
    expect(failures({ message: 'no' })).toEqual([{ pointer: '', code: 'invalid', detail: 'no' }]);
  });

  it('names every field that a strict object does not know', () => {
    const issue = { message: 'unrecognized', path: ['sms'], code: 'unrecognized_keys', keys: ['x', 'y/z'] };
    expect(failures(issue).map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/sms/x', 'unknown_field'],
      ['/sms/y~1z', 'unknown_field'],
    ]);
  });

  it('takes an asynchronous schema for a bug, and leaves no rejection behind', async () => {
    const schema = answering(() => Promise.reject(new Error('a transform threw')));
    expect(() => validate(schema, {})).toThrow('asynchronous');
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('jsonSchemaOf', () => {
  it('asks for draft 2020-12 of what the schema takes', () => {
    const asked: unknown[] = [];
    const schema = answering(() => ({ value: 1 }));
    const listening: Schema<unknown> = {
      '~standard': {
        ...schema['~standard'],
        jsonSchema: {
          ...schema['~standard'].jsonSchema,
          input: (options) => {
            asked.push(options);
            return { type: 'object' };
          },
        },
      },
    };
    expect(jsonSchemaOf(listening)).toEqual({ type: 'object' });
    expect(asked).toEqual([{ target: 'draft-2020-12' }]);
  });
});
