import { parsePhone } from '../address.ts';

/** A mobile number of the mainland as its vendors write it: alone, or behind the country's code. `+138...` is in America. */
const mainland = /^(?:(?:\+|00)?86)?(1[3-9]\d{9})$/;
const international = /^(?:\+|00)?(\d{6,15})$/;

/** A number as vendors write it, in the channel's normal form; null when it is none, such as a short code. */
export function numberIn(text: string): string | null {
  const national = mainland.exec(text)?.[1];
  const abroad = international.exec(text)?.[1];
  if (national === undefined && abroad === undefined) return null;
  const address = parsePhone(national === undefined ? `+${abroad}` : `+86${national}`, { region: null });
  return address.ok ? address.value : null;
}
