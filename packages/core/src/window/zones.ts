/** Countries with one legal time, although the tables of Unicode list further zones for them. */
const legalTime: Readonly<Record<string, string>> = { CN: 'Asia/Shanghai' };

/**
 * The time zones in which a person of this country may live: all that Unicode lists for it, or the configured one alone
 * where that is among them; the configured one also where the country is not known.
 */
export function zonesOf(region: string | null, timezone: string): readonly string[] {
  if (region === null) return [timezone];
  const legal = legalTime[region];
  if (legal !== undefined) return [legal];
  const zones = listed(region);
  return zones.length === 0 || zones.includes(timezone) ? [timezone] : zones;
}

/** The library of types does not know this method of the language yet. */
function listed(region: string): readonly string[] {
  const locale = new Intl.Locale(`und-${region}`) as Intl.Locale & { getTimeZones?(): readonly string[] | undefined };
  return locale.getTimeZones?.() ?? [];
}
