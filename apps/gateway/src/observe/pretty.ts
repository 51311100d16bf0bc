import { createRequire } from 'node:module';
import type { Writable } from 'node:stream';
import type { PrettyStream } from 'pino-pretty';

/** Lines for people. Loaded only when somebody looks: it costs more than the rest of the logging. */
export function pinoPretty(destination: Writable): PrettyStream {
  const load = createRequire(import.meta.url);
  const { build } = load('pino-pretty') as typeof import('pino-pretty');
  return build({ destination, sync: true, messageKey: 'message', translateTime: 'SYS:HH:MM:ss.l' });
}
