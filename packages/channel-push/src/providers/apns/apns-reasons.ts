import { type Outcome, retryAfterOf } from '@posthorn/core';
import type { AppleAnswer } from './exchange.ts';

/**
 * What a reason of Apple's means here. `renews`: the provider token was too old for it, so a new one may help. `ofTopic`: it is
 * about the topic, which a message may name for itself.
 */
type Verdict =
  | {
      readonly kind: 'refused';
      readonly because: 'address' | 'content';
      readonly detail: string;
      readonly suppress?: 'soft';
    }
  | {
      readonly kind: 'deferred';
      readonly scope: 'address' | 'account';
      readonly detail: string;
      readonly waitMs?: number;
    }
  | { readonly kind: 'misconfigured'; readonly detail: string; readonly renews?: true; readonly ofTopic?: true };

const content = (detail: string): Verdict => ({ kind: 'refused', because: 'content', detail });
const misconfigured = (detail: string): Verdict => ({ kind: 'misconfigured', detail });
const away = (detail: string): Verdict => ({ kind: 'deferred', scope: 'account', detail });

/**
 * developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns, table "Error codes".
 *
 * A token of another environment or topic is not suppressed: with a wrong `environment` or `topic` that is said of every
 * token. One that is gone is suppressed softly, since the app may register it again.
 */
export const reasons: Readonly<Record<string, Verdict>> = {
  BadDeviceToken: { kind: 'refused', because: 'address', detail: 'no device token of this environment' },
  MissingDeviceToken: { kind: 'refused', because: 'address', detail: 'no device token at all' },
  DeviceTokenNotForTopic: { kind: 'refused', because: 'address', detail: 'the device token belongs to another app' },
  Unregistered: {
    kind: 'refused',
    because: 'address',
    detail: 'the app is gone from this device, or its token was replaced',
    suppress: 'soft',
  },
  ExpiredToken: { kind: 'refused', because: 'address', detail: 'the device token has expired', suppress: 'soft' },
  BadCollapseId: content('APNs does not accept the collapse id'),
  BadExpirationDate: content('APNs does not accept apns-expiration'),
  BadMessageId: content('APNs does not accept the id of the message'),
  BadPriority: content('APNs does not accept apns-priority with this kind of message'),
  InvalidPushType: content('APNs does not accept apns-push-type with this kind of message'),
  DuplicateHeaders: content('APNs saw a header twice'),
  PayloadEmpty: content('APNs saw no message'),
  PayloadTooLarge: content('the message has more bytes than APNs takes'),
  BadPath: content('APNs does not know the path of the request'),
  MethodNotAllowed: content('APNs does not accept the method of the request'),
  BadTopic: { kind: 'misconfigured', detail: 'APNs does not know the topic', ofTopic: true },
  MissingTopic: misconfigured('APNs misses the topic'),
  TopicDisallowed: { kind: 'misconfigured', detail: 'this key may not push to the topic', ofTopic: true },
  BadCertificate: misconfigured('APNs does not accept the certificate'),
  BadCertificateEnvironment: misconfigured('the certificate is for the other environment'),
  BadEnvironmentKeyIdInToken: misconfigured('the key is for the other environment'),
  UnrelatedKeyIdInToken: misconfigured('APNs does not know the key as one of this team'),
  Forbidden: misconfigured('APNs does not permit it'),
  InvalidProviderToken: misconfigured('APNs does not accept our signature: look at teamId, keyId and key'),
  MissingProviderToken: misconfigured('APNs misses our signature'),
  ExpiredProviderToken: {
    kind: 'misconfigured',
    detail: 'APNs calls our signature too old, or from the future: look at the clock',
    renews: true,
  },
  TooManyProviderTokenUpdates: {
    kind: 'deferred',
    scope: 'account',
    detail: 'the key signed anew too often; does another program use it, or does this one start again and again?',
    waitMs: 60_000,
  },
  TooManyRequests: { kind: 'deferred', scope: 'address', detail: 'this device was sent too much in too short a time' },
  IdleTimeout: away('APNs closed an idle connection'),
  InternalServerError: away('APNs had a fault inside'),
  ServiceUnavailable: away('APNs is not available'),
  Shutdown: away('this server of APNs shuts down'),
};

export interface AnswerContext {
  /** The message named a topic of its own. */
  readonly ownTopic: boolean;
  /** Gives up the provider token, and says whether it could. */
  readonly renew: () => boolean;
  readonly now: number;
}

export function outcomeOfAnswer(answer: AppleAnswer, { ownTopic, renew, now }: AnswerContext): Outcome {
  const { status, headers, body } = answer;
  if (status === 200) return { kind: 'accepted', vendorId: idOf(headers) };
  const { reason, timestamp } = objectOf(body);
  // A page instead of JSON comes from something between us and Apple.
  if (typeof reason !== 'string' || !/^[A-Za-z]{1,60}$/.test(reason)) return outcomeOfStranger(answer, now);
  const verdict = Object.hasOwn(reasons, reason) ? (reasons[reason] as Verdict) : verdictOfStatus(status);
  switch (verdict.kind) {
    case 'refused': {
      const { because, suppress } = verdict;
      const detail = typeof timestamp === 'number' ? `${verdict.detail} (${momentOf(timestamp)})` : verdict.detail;
      return { kind: 'refused', because, code: reason, detail, ...(suppress === undefined ? {} : { suppress }) };
    }
    case 'deferred':
      return deferred(verdict.scope, reason, verdict.detail, retryAfterOf(headers, now) ?? verdict.waitMs ?? null);
    case 'misconfigured':
      if (verdict.renews === true && renew())
        return deferred('account', reason, 'our signature was too old; the next one is new', null);
      // Else one message with a wrong topic would stop the account for all others.
      if (verdict.ofTopic === true && ownTopic)
        return { kind: 'refused', because: 'content', code: reason, detail: verdict.detail };
      return { kind: 'misconfigured', code: reason, detail: verdict.detail };
  }
}

/** For a reason that came after this table: what its status says (the same page, table "Status codes"). */
function verdictOfStatus(status: number): Verdict {
  if (status === 403) return misconfigured('APNs does not accept our signature');
  if (status === 410) return { kind: 'refused', because: 'address', detail: 'the device token is of no use any more' };
  if (status === 429) return { kind: 'deferred', scope: 'address', detail: 'APNs asks to wait' };
  if (status >= 500) return away('APNs could not take the message');
  return content('APNs does not accept the message as it is');
}

function outcomeOfStranger({ status, headers }: AppleAnswer, now: number): Outcome {
  if (status < 300)
    return {
      kind: 'uncertain',
      code: 'unreadable_answer',
      detail: 'APNs answered, but not in a form that says what became of the message',
    };
  const detail = `APNs could not take the message (HTTP ${status})`;
  return deferred('account', `http_${status}`, detail, retryAfterOf(headers, now));
}

function deferred(scope: 'address' | 'account', code: string, detail: string, retryAfterMs: number | null): Outcome {
  return { kind: 'deferred', scope, retryAfterMs, code, detail };
}

/** `apns-unique-id` is what Apple's console finds a message of the development environment by. */
function idOf(headers: AppleAnswer['headers']): string | null {
  const id = headers['apns-unique-id'] ?? headers['apns-id'];
  return typeof id === 'string' && /^[0-9A-Fa-f-]{36}$/.test(id) ? id : null;
}

function momentOf(ms: number): string {
  const moment = new Date(ms);
  return Number.isNaN(moment.getTime()) ? 'at no readable time' : moment.toISOString();
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
