import type { Clock, LogFields, Logger } from '@posthorn/core';

const burst = 200;
const perSecond = 20;
const reportEveryMs = 5_000;
const longestText = 1_000;
const mostFields = 20;

/** A log for a stranger: so many lines at once, then so many a second, and the others counted; every line says whose it is. */
export function boundedLog(log: Logger, plugin: string, clock: Clock): Logger {
  let left = burst;
  let since = clock.now();
  let dropped = 0;

  const admits = (): boolean => {
    const now = clock.now();
    left = Math.min(burst, left + ((now - since) * perSecond) / 1_000);
    since = now;
    if (left >= 1) {
      left -= 1;
      return true;
    }
    if (dropped === 0) clock.after(reportEveryMs, tell);
    dropped += 1;
    return false;
  };
  const tell = () => {
    log.warn('a plugin writes too much: lines of it were left out', { plugin, lines: dropped });
    dropped = 0;
  };
  const writer = (level: keyof Logger) => (message: string, fields?: LogFields) => {
    if (admits()) log[level](String(message).slice(0, longestText), { ...plain(fields), plugin });
  };
  return { debug: writer('debug'), info: writer('info'), warn: writer('warn'), error: writer('error') };
}

/** Only what a line can hold: names with texts, numbers and truths. */
function plain(fields: unknown): LogFields {
  const kept = Object.entries({ ...(fields as object | null | undefined) }).slice(0, mostFields);
  return Object.fromEntries(kept.map(([name, value]) => [name.slice(0, longestText), plainValue(value)]));
}

function plainValue(value: unknown): string | number | boolean | null {
  if (typeof value === 'string') return value.slice(0, longestText);
  return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
