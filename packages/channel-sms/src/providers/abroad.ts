import { isMainland } from '../address.ts';

/**
 * What an account says for a number. Mainland vendors keep templates, signatures and senders for other countries, Hong Kong,
 * Macao and Taiwan apart from those of the mainland: what `abroad` says stands for these, the rest for both.
 */
export function settingsFor<Settings extends { readonly abroad?: object }>(own: Settings, address: string): Settings {
  return own.abroad === undefined || isMainland(address) ? own : { ...own, ...own.abroad };
}
