import { openDsn } from './dsn.ts';
import type { EventSettings } from './event-settings.ts';
import type { EventSource, EventTools } from './event-source.ts';
import { openSendGrid } from './sendgrid.ts';
import { openSes } from './ses/ses.ts';

type Opening<Settings> = (settings: Settings, tools: EventTools) => Promise<EventSource>;

const openings: { readonly [Use in EventSettings['use']]: Opening<Extract<EventSettings, { use: Use }>> } = {
  ses: openSes,
  sendgrid: openSendGrid,
  dsn: openDsn,
};

export function openEvents(settings: EventSettings, tools: EventTools): Promise<EventSource> {
  // The type of the table says that each opening stands beside its own settings.
  return (openings[settings.use] as Opening<EventSettings>)(settings, tools);
}
