import { type Channel, defineChannel, fail, ok, type Result } from '@posthorn/core';

/** Checks that what a plugin exported is a channel; else all that is missing. Getters and proxies of it may throw. */
export function checkChannel(value: unknown, name: string): Result<Channel, string> {
  if (!isObject(value))
    return fail(`its default export is ${nounOf(value)}, not a channel: export what defineChannel returns`);
  if (value['api'] !== 1) {
    const version = value['api'] === undefined ? 'does not say its api version' : `speaks api ${String(value['api'])}`;
    return fail(`it ${version}, this Posthorn speaks api 1: say "api: 1", or use versions that belong together`);
  }
  const faults = [
    ...faultsOf('', value, channelFields),
    ...(Array.isArray(value['providers']) ? value['providers'].flatMap(providerFaults) : []),
  ];
  if (faults.length > 0) return fail(`its channel is not complete: ${faults.join('; ')}`);
  const channel = defineChannel(value as unknown as Channel);
  if (channel.name === name) return ok(channel);
  return fail(`its channel is called "${channel.name}": put it under channels.${channel.name} instead of "${name}"`);
}

type Check = readonly [fits: (value: unknown) => boolean, noun: string];

const aText: Check = [(value) => typeof value === 'string', 'a text'];
const aNumber: Check = [(value) => typeof value === 'number', 'a number'];
const aList: Check = [Array.isArray, 'a list'];
const anObject: Check = [isObject, 'an object'];
const aFunction: Check = [isFunction, 'a function'];
const aFunctionOrNone: Check = [(value) => value === undefined || isFunction(value), 'a function, or left out'];
const aSchema: Check = [isSchema, 'a schema (Standard Schema with JSON Schema, such as a zod 4 object)'];

const channelFields: Readonly<Record<string, Check>> = {
  name: aText,
  addressKey: aText,
  maxAddresses: aNumber,
  addressNamesAccount: [(value) => value === undefined || typeof value === 'boolean', 'true, false, or left out'],
  content: aSchema,
  retry: anObject,
  sandbox: anObject,
  providers: aList,
  parseAddress: aFunction,
  maskAddress: aFunction,
  render: aFunction,
  flowOf: aFunctionOrNone,
  kindOf: aFunctionOrNone,
  regionOf: aFunctionOrNone,
  fold: aFunctionOrNone,
  codeContent: aFunctionOrNone,
  pruning: [(value) => value === undefined || isPruning(value), 'an object with strikes and alarm, or left out'],
  defaults: [
    (value) => value === undefined || isDefaults(value),
    'an object with codesPerAddress, codesPerSource, codesPerPrefix and marketingWindow, or left out',
  ],
  optOutOf: aFunctionOrNone,
  readReply: aFunctionOrNone,
  measure: aFunctionOrNone,
};

const providerFields: Readonly<Record<string, Check>> = {
  name: aText,
  settings: aSchema,
  secrets: [isTexts, 'a list of texts'],
  endpoint: [(value) => value === null || typeof value === 'string', 'a text or null'],
  receiptsBy: [
    (value) => value === undefined || value === 'delivery' || value === 'vendorId',
    '"delivery" or "vendorId", or left out',
  ],
  simulated: [(value) => value === undefined || value === true, 'true, or left out'],
  takes: [(value) => value === undefined || isTexts(value), 'a list of texts, or left out'],
  onUncertain: [(value) => value === 'retry' || value === 'hold', '"retry" or "hold"'],
  reference: aFunctionOrNone,
  open: aFunction,
};

function providerFaults(provider: unknown, index: number): readonly string[] {
  return faultsOf(`providers[${index}].`, provider, providerFields);
}

function faultsOf(prefix: string, value: unknown, fields: Readonly<Record<string, Check>>): readonly string[] {
  if (!isObject(value)) return [`${prefix.slice(0, -1)} must be an object`];
  return Object.entries(fields)
    .filter(([key, [fits]]) => !fits(value[key]))
    .map(([key, [, noun]]) => `${prefix}${key} must be ${noun}`);
}

/** The windows in them are looked at where those of the built-in channels are. */
function isDefaults(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { codesPerAddress = [], codesPerSource = [], codesPerPrefix = {}, marketingWindow = {} } = value;
  const areLists = Array.isArray(codesPerAddress) && Array.isArray(codesPerSource);
  return areLists && isObject(codesPerPrefix) && isObject(marketingWindow);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((key) => typeof key === 'string');
}

function isPruning(value: unknown): boolean {
  return isObject(value) && isObject(value['strikes']) && isObject(value['alarm']);
}

/** Some schema libraries make their schemas callable, so a function may be one. */
function isSchema(value: unknown): boolean {
  if (!isObject(value) && !isFunction(value)) return false;
  const standard: unknown = Reflect.get(value, '~standard');
  if (!isObject(standard) || !isFunction(standard['validate'])) return false;
  const jsonSchema = standard['jsonSchema'];
  return isObject(jsonSchema) && isFunction(jsonSchema['input']);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFunction(value: unknown): value is () => unknown {
  return typeof value === 'function';
}

function nounOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return value === undefined ? 'missing' : `a ${typeof value}`;
}
