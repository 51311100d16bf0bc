import type { LogFields, Logger } from '@posthorn/core';
import { pino } from 'pino';
import { shownFields, withoutAddresses } from './log-fields.ts';
import { logLines } from './log-lines.ts';
import { pinoPretty } from './pretty.ts';

/** Writes to standard error; standard output belongs to what the user asked for. Only known fields are written (`log-fields.ts`). */
export function openLog(level: string, format: 'json' | 'pretty'): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'message' };
  const lines = logLines(2, (dropped) => log.warn({ dropped }, 'lines of this log could not be written and are lost'));
  const log = pino(options, format === 'pretty' ? pinoPretty(lines) : lines);
  const writer =
    (at: keyof Logger) =>
    (message: string, fields: LogFields = {}) => {
      if (log.isLevelEnabled(at)) log[at](shownFields(fields), withoutAddresses(message));
    };
  return { debug: writer('debug'), info: writer('info'), warn: writer('warn'), error: writer('error') };
}
