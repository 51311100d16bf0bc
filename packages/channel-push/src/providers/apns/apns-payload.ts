import type { Aps } from '../../platform/apple.ts';
import { apsOf } from '../../platform/apple.ts';
import type { Delivering } from '../../platform/delivering.ts';

/** Bytes of JSON (developer.apple.com/documentation/usernotifications/generating-a-remote-notification). */
export const payloadLimit = 4_096;

type Alert = NonNullable<Aps['alert']>;
type Sound = NonNullable<Aps['sound']>;

/**
 * The JSON that an iPhone gets. Values for the app stand beside `aps`, as FCM puts them there. A picture is shown by the app's own
 * notification extension, which `mutable-content` wakes.
 */
export function payloadOf(delivering: Delivering): string {
  const { content, visible, data } = delivering;
  const { alert, sound, badge, contentAvailable, mutableContent, category, threadId } = apsOf(delivering);
  const picture = visible ? content.image : undefined;
  const shown = alertOf(content, alert);
  return JSON.stringify({
    ...data,
    ...(picture === undefined ? {} : { image: picture }),
    aps: {
      ...(shown === null ? {} : { alert: shown }),
      ...(badge === undefined ? {} : { badge }),
      ...(sound === undefined ? {} : { sound: soundOf(sound) }),
      ...(contentAvailable === true ? { 'content-available': 1 } : {}),
      ...((mutableContent ?? picture !== undefined) ? { 'mutable-content': 1 } : {}),
      ...(category === undefined ? {} : { category }),
      ...(threadId === undefined ? {} : { 'thread-id': threadId }),
    },
  });
}

/** Apple's names for what has another one here. */
const alertNames: Readonly<Record<string, string>> = {
  locKey: 'loc-key',
  locArgs: 'loc-args',
  titleLocKey: 'title-loc-key',
  titleLocArgs: 'title-loc-args',
  subtitleLocKey: 'subtitle-loc-key',
  subtitleLocArgs: 'subtitle-loc-args',
  launchImage: 'launch-image',
};

function alertOf({ title, body }: Delivering['content'], own: Alert | undefined): object | string | null {
  if (typeof own === 'string') return own;
  const alert = { ...(title === undefined ? {} : { title }), ...(body === undefined ? {} : { body }), ...own };
  const named = Object.entries(alert).map(([key, value]) => [alertNames[key] ?? key, value]);
  return named.length === 0 ? null : Object.fromEntries(named);
}

function soundOf(sound: Sound): object | string {
  if (typeof sound === 'string') return sound;
  const { critical, ...rest } = sound;
  return { ...rest, ...(critical === true ? { critical: 1 } : {}) };
}
