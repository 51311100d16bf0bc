import { inspect } from 'node:util';

/**
 * A value that prints as `***` wherever it is printed by accident: in a log, an error, a template, JSON. Only `reveal`
 * gives it out. The value lives in a closure, so no inspection of the object's fields reaches it either.
 */
export interface Secret<Value> {
  reveal(): Value;
  toString(): string;
  toJSON(): string;
}

export const mask = '***';

export function secret<Value>(value: Value): Secret<Value> {
  const masked = () => mask;
  return Object.freeze({ reveal: () => value, toString: masked, toJSON: masked, [inspect.custom]: masked });
}
