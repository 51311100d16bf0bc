import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import { type Problem, pointerOf } from './problem.ts';
import { fail, ok, type Result } from './result.ts';

/**
 * A schema of any library that speaks Standard Schema and can say itself as JSON Schema (zod 4.2 and later do): it
 * validates requests and configuration, and the same object documents them. It must be strict and synchronous.
 */
export interface Schema<Output> extends StandardSchemaV1<unknown, Output> {
  readonly '~standard': StandardSchemaV1.Props<unknown, Output> & StandardJSONSchemaV1.Props<unknown, Output>;
}

/** Validates `value`; every issue becomes one problem with its place. Throws when the schema is asynchronous: that is a bug of its author. */
export function validate<Output>(schema: Schema<Output>, value: unknown): Result<Output, readonly Problem[]> {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) {
    // A transform that throws also comes back as a promise: handled here, so that its rejection does not end the process.
    result.catch(() => undefined);
    throw new Error('the schema is asynchronous or one of its transforms threw');
  }
  return result.issues ? fail(result.issues.flatMap(problemsOf)) : ok(result.value);
}

/** JSON Schema (draft 2020-12) of what the schema takes. */
export function jsonSchemaOf(schema: Schema<unknown>): Record<string, unknown> {
  return schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
}

function problemsOf(issue: StandardSchemaV1.Issue): readonly Problem[] {
  const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
  const unknown = unknownKeysOf(issue);
  if (unknown.length === 0) return [{ pointer: pointerOf(path), code: 'invalid', detail: issue.message }];
  return unknown.map((key) => ({
    pointer: pointerOf([...path, key]),
    code: 'unknown_field',
    detail: `there is no field "${key}" here`,
  }));
}

/** zod lists the keys that a strict object does not know beside the path of that object; other libraries put them in the path. */
function unknownKeysOf(issue: StandardSchemaV1.Issue): readonly string[] {
  return 'code' in issue && issue.code === 'unrecognized_keys' && 'keys' in issue && Array.isArray(issue.keys)
    ? issue.keys.map(String)
    : [];
}
