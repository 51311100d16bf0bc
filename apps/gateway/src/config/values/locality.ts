import { fail, ok, type Result } from '@posthorn/core';
import { nearest } from '../problems/suggestion.ts';

/** What the region data of ICU has beside countries: groupings, pseudo-locales, the unknown. */
const notCountries = new Set(['EU', 'EZ', 'QO', 'UN', 'XA', 'XB', 'ZZ']);

/** An ISO 3166-1 alpha-2 country in use today. */
export function readRegion(text: string): Result<string, string> {
  const cure = 'must be an ISO 3166 country of two capital letters such as CN';
  const region = text.toUpperCase();
  if (!/^[A-Z]{2}$/.test(region)) return fail(cure);
  // ICU knows former codes as well (UK, SU) and has the present one as their canonical form.
  const present = new Intl.Locale(`und-${region}`).region ?? region;
  const known = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' }).of(present) !== undefined;
  if (!known || notCountries.has(present)) return fail(`${cure}: there is no country "${text}"`);
  return present === text ? ok(text) : fail(`must be written as "${present}"`);
}

/** A BCP 47 language tag in its canonical spelling. */
export function readLocale(text: string): Result<string, string> {
  const canonical = canonicalLocale(text);
  if (canonical === null) return fail('must be a language tag such as en or zh-CN');
  return canonical === text ? ok(text) : fail(`must be written as "${canonical}"`);
}

function canonicalLocale(text: string): string | null {
  try {
    return Intl.getCanonicalLocales(text)[0] ?? null;
  } catch {
    return null;
  }
}

/** An IANA time zone. Offsets such as `+08:00` are refused: they know no summer time, and quiet hours live by it. */
export function readTimezone(text: string): Result<string, string> {
  if (/^[A-Za-z]/.test(text) && isTimezone(text)) return ok(text);
  const guess = nearest(text, Intl.supportedValuesOf('timeZone'));
  const end = guess === null ? '' : `: did you mean "${guess}"?`;
  return fail(`must be an IANA time zone such as UTC or Asia/Shanghai${end}`);
}

function isTimezone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
