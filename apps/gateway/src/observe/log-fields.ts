import type { LogFields } from '@posthorn/core';
import { mask } from '../config/secret.ts';

/** What may stand in a field: a name of ours or of the config, an id, a count, or a sentence that quotes nobody. */
type Shape = RegExp | 'count' | 'sentence' | 'frames';

const id = (prefix: string) => new RegExp(`^${prefix}_[0-9a-f-]{36}$`);
const name = /^[\w.@/:-]{1,200}$/;
const network = /^[\da-f.:/]{2,50}$/i;
/** A vendor's code. */
const code = /^[\w.:()/ -]{1,100}$/;

/**
 * Every field that a line of the log may have. What is not here, or does not look as it should, is written as `***`: a new
 * field is seen to be harmless by whoever adds its name.
 */
const shapes: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['notification', id('ntf')],
  ['delivery', id('dlv')],
  ['requestId', /^[\w.-]{1,128}$/],
  ['trace', /^[0-9a-f]{32}$/],
  ['route', /^[A-Z]+ [\w/:*.-]{1,200}$/],
  // Where a request came from that was not to be trusted: an address of a network, no person's.
  ['client', network],
  ['source', network],
  ['channel', name],
  ['account', name],
  ['plugin', name],
  ['robot', name],
  ['rule', name],
  ['migration', name],
  ['outcome', name],
  ['fate', name],
  ['why', name],
  ['place', name],
  ['code', code],
  ['applied', 'count'],
  ['ignored', 'count'],
  ['kept', 'count'],
  ['unknown', 'count'],
  ['lines', 'count'],
  ['dropped', 'count'],
  ['path', 'sentence'],
  ['detail', 'sentence'],
  ['error', 'sentence'],
  ['stack', 'frames'],
]);

const longestSentence = 1_000;

/** The fields as they may be written. */
export function shownFields(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [field, value == null ? value : shown(shapes.get(field), value)]),
  );
}

function shown(shape: Shape | undefined, value: string | number | boolean): string | number | boolean {
  switch (shape) {
    case undefined:
      return mask;
    case 'count':
      return typeof value === 'string' ? mask : value;
    case 'sentence':
      return withoutAddresses(String(value)).slice(0, longestSentence);
    case 'frames':
      return frames(String(value));
    default:
      return shape.test(String(value)) ? value : mask;
  }
}

/** Where it was thrown: the message of an error may quote what it choked on. */
function frames(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at .*:\d+:\d+\)?$/.test(line))
    .join('\n');
}

const mailbox = /[^\s<>"',;:()]+@[^\s<>"',;:()]+/g;
/** Seven digits or more, however they are grouped, but for a date: no code of ours or of a vendor has as many. */
const number = /(?<![\d-])(?!\d{4}-\d\d-\d\d)\+?\d(?:[\s().-]{0,2}\d){6,}/g;

/** A sentence with `***` in the place of whatever looks like a mailbox or a phone number. */
export function withoutAddresses(sentence: string): string {
  return sentence.replace(mailbox, mask).replace(number, mask);
}
