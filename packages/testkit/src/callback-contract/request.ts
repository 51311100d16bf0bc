import type { CallbackRequest } from '@posthorn/core';

/** A request as an author writes it down: what is left out is a POST without headers and with an empty body. */
export interface RecordedCallback {
  readonly method?: 'GET' | 'POST';
  /** The whole address that the vendor was told to call. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly receivedAt?: number;
}

/** The recorded request as the gateway hands it to a provider. */
export function callbackRequest(recorded: RecordedCallback): CallbackRequest {
  const { method = 'POST', url, headers = {}, body = '', receivedAt = Date.UTC(2026, 0, 1) } = recorded;
  return {
    method,
    url: new URL(url),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
    receivedAt,
  };
}
