import type { Outcome, OutgoingDelivery, Provider, ProviderKind, ProviderTools } from '@posthorn/core';
import type { Content } from '../content.ts';
import { filled, type Scalar, type Template } from '../template.ts';
import { blockedAddress, outcomeOf } from './outcome.ts';
import { type HttpSettings, httpSettings } from './settings.ts';
import { secretKey, signedHeaders } from './signature.ts';

/** Signed JSON to a URL (Standard Webhooks 1.0.0). */
export const http: ProviderKind<Content, HttpSettings> = {
  name: 'http',
  settings: httpSettings,
  secrets: ['secret', 'headers'],
  endpoint: null,
  // The receiver knows a second copy by its webhook-id.
  onUncertain: 'retry',
  reference: async () => (await import('./http-reference.ts')).reference,
  open: async (settings, tools) => openHttp(settings, tools),
};

function openHttp(settings: HttpSettings, tools: ProviderTools): Provider<Content> {
  const { clock, egress, forbids } = tools;
  if (tools.endpoint !== null) throw new Error('a webhook account has no endpoint: every message names its own');
  const { method, allowPrivate, success } = settings;
  const headers = { 'content-type': 'application/json', 'user-agent': 'Posthorn', ...lowerCase(settings.headers) };
  const key = settings.secret === undefined ? null : secretKey(settings.secret);
  const refusal = (address: string) => forbids({ url: new URL(address), allowPrivate });
  return {
    refuses(address) {
      const detail = refusal(address);
      return detail === null ? null : { code: blockedAddress, detail };
    },
    async send(delivery, signal): Promise<Outcome> {
      const body = bodyOf(delivery, settings.body);
      const answer = await egress({
        method,
        url: new URL(delivery.address),
        allowPrivate,
        headers: { ...headers, ...signedHeaders(delivery.id, clock.now(), body, key) },
        body,
        signal,
      });
      // What the address itself forbids no later look at its name will mend.
      const detail = answer.kind === 'forbidden' ? refusal(delivery.address) : null;
      if (detail !== null) return { kind: 'refused', because: 'address', code: blockedAddress, detail };
      return outcomeOf(answer, success, clock.now());
    },
  };
}

/** The message's own body, else the account's template, else all there is; the same for every attempt. */
function bodyOf(delivery: OutgoingDelivery<Content>, template: Template | undefined): string {
  const { notification, kind, content } = delivery;
  const { title, text, url, data } = content;
  const own = content.body ?? template;
  // JSON leaves out what is undefined.
  if (own === undefined) return JSON.stringify({ notification, kind, title, body: text, url, data });
  return JSON.stringify(filled(own, valuesOf(delivery)));
}

/** What a placeholder may stand for. */
function valuesOf({ id, notification, kind, content }: OutgoingDelivery<Content>): ReadonlyMap<string, Scalar> {
  const { title, text, url, data = {} } = content;
  const named: Readonly<Record<string, Scalar | undefined>> = {
    ...{ title, body: text, url, notification, delivery: id, kind },
    ...Object.fromEntries(Object.entries(data).map(([name, value]) => [`data.${name}`, value])),
  };
  return new Map(Object.entries(named).filter((entry): entry is [string, Scalar] => entry[1] !== undefined));
}

function lowerCase(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
