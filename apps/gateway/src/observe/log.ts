import type { Logger } from '@posthorn/core';
import { pino } from 'pino';
import { logLines } from './log-lines.ts';
import { pinoPretty } from './pretty.ts';

/** Writes to standard error; standard output belongs to what the user asked for. */
export function openLog(level: string, format: 'json' | 'pretty'): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'message' };
  const lines = logLines(2, (dropped) => log.warn({ dropped }, 'lines of this log could not be written and are lost'));
  const log = pino(options, format === 'pretty' ? pinoPretty(lines) : lines);
  return {
    debug: (message, fields) => log.debug(fields ?? {}, message),
    info: (message, fields) => log.info(fields ?? {}, message),
    warn: (message, fields) => log.warn(fields ?? {}, message),
    error: (message, fields) => log.error(fields ?? {}, message),
  };
}
