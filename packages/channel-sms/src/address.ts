import { type AddressHints, type AddressProblem, fail, ok, type Result } from '@posthorn/core';
import {
  type CountryCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';

/** Longer texts are no phone number in any spelling; the cap comes before the parser. */
const longestText = 100;
/** Invisible characters (zero width, writing direction) that come along when a number is copied from a contact. */
const invisible = /\p{Cf}/gu;
/** How most numbers come: nothing in them to be read in a second way. */
const plain = /^\+\d+$/;
const telScheme = /^tel:/i;
/** RFC 3966: a national number with its country code behind it. Read here, since the library reads it at every second call only. */
const phoneContext = /^([^;]*);phone-context=(\+\d{1,3})(;.*)?$/i;
/** `(+86) 138...`, as letterheads have it. */
const bracketedCode = /^\(\s*(\+\d{1,3})\s*\)/;
/**
 * What the library would read around: the full-width plus of an input method, which it drops, and takes the rest for a
 * national number; and a context that is no country code.
 */
const strange = /\uFF0B|;phone-context=/i;

/** Numbers that bill their caller, those of no country (+979, +808) included: a message there is a mistake or a fraud. */
const billedTypes: ReadonlySet<string> = new Set(['PREMIUM_RATE', 'SHARED_COST']);
/**
 * Country codes that are no country's (ITU-T E.164.1): satellites, international networks, personal numbers, disaster
 * relief. A message there costs a hundred times the usual.
 */
const globalCodes: ReadonlySet<string> = new Set(['870', '878', '881', '882', '883', '888']);

/**
 * Any spelling of one phone number as its one E.164 form. Limits, suppressions and duplicates are keyed by it, so two
 * spellings of a number must never be two addresses.
 */
export function parsePhone(text: string, hints: AddressHints): Result<string, AddressProblem> {
  if (text.length > longestText) return fail(notANumber);
  const spelling = plain.test(text) ? text : spellingOf(text);
  if (spelling === '' || strange.test(spelling)) return fail(notANumber);
  if (spelling.startsWith('+')) return judge(read(spelling));
  if (hints.region === null) return fail(noRegion);
  return isSupportedCountry(hints.region) ? judge(read(spelling, hints.region)) : fail(unknownRegion);
}

/** The first line without what is not to be seen, its country code at the front. A number ends where its line ends. */
function spellingOf(text: string): string {
  const [line = ''] = text.trim().split(/[\r\n]/, 1);
  const visible = line.replaceAll(invisible, '').trim().replace(telScheme, '');
  return visible.replace(phoneContext, '$2$1$3').replace(bracketedCode, '$1');
}

/** `extract: false`: the whole text must be the number, not only contain one. */
function read(spelling: string, region?: CountryCode): PhoneNumber | undefined {
  return parsePhoneNumberFromString(spelling, {
    extract: false,
    ...(region === undefined ? {} : { defaultCountry: region }),
  });
}

function judge(phone: PhoneNumber | undefined): Result<string, AddressProblem> {
  if (phone === undefined) return fail(notANumber);
  // A number that has a type is valid; `isValid` would look for the type once more, and this is most of the work.
  const type = phone.getType();
  if (type === undefined && !phone.isValid()) return fail(notANumber);
  if (billedTypes.has(type ?? '')) return fail(billsItsCaller);
  return globalCodes.has(phone.countryCallingCode) ? fail(ofNoCountry) : ok(phone.number);
}

const howToWrite = 'write it in E.164, as in +86138xxxxxxxx';

const notANumber: AddressProblem = {
  code: 'invalid_phone',
  detail: `this is not a valid phone number: ${howToWrite}, or the national way with its "region"`,
};
const noRegion: AddressProblem = {
  code: 'invalid_phone',
  detail: `a number without country code needs its country: ${howToWrite}, or give "region", as in "CN"`,
};
const unknownRegion: AddressProblem = {
  code: 'unknown_region',
  detail: 'the region is not a country that has phone numbers: give its ISO 3166-1 code in capitals, as in "CN"',
};
const billsItsCaller: AddressProblem = {
  code: 'premium_number',
  detail: 'premium rate and shared cost numbers get no messages: give a mobile number',
};
const ofNoCountry: AddressProblem = {
  code: 'satellite_number',
  detail: 'numbers of satellite and other networks of no country get no messages: give a mobile number',
};

/** Mainland China; Hong Kong (+852), Macao (+853) and Taiwan (+886) are addressed and billed as abroad. */
export function isMainland(address: string): boolean {
  return address.startsWith('+86');
}

/** The ISO country of a number; null for those of no country, and where countries share a code and the number does not tell. */
export function regionOfPhone(address: string): string | null {
  return read(address)?.country ?? null;
}

/** Whoever knows a masked number has to guess at least this many digits. */
const hiddenDigits = 4;

/**
 * `+86138****5678`: country code, three digits, four hidden, the last four. Shorter numbers show less at the front, then
 * less at the end, so that four digits stay hidden.
 */
export function maskPhone(address: string): string {
  const phone = read(address);
  const code = phone === undefined ? '' : `+${phone.countryCallingCode}`;
  const national = phone?.nationalNumber ?? address.replaceAll(/\D/g, '');
  const shown = Math.max(0, national.length - hiddenDigits);
  const tail = Math.min(4, shown);
  const head = Math.min(3, shown - tail);
  const hidden = '*'.repeat(Math.max(hiddenDigits, national.length - head - tail));
  return `${code}${national.slice(0, head)}${hidden}${tail === 0 ? '' : national.slice(-tail)}`;
}
