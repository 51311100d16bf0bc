import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Outcome } from '@posthorn/core';

/** What the vendor said. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** Robots answer with a line; whatever is longer does not come from them. */
const maxAnswerBytes = 64 * 1_024;

/**
 * Posts JSON once, on a connection of its own: a robot speaks seldom, and a kept connection that the vendor has just closed
 * would leave doubt about the message. Redirects are not followed, since the URL is the secret. Gives the answer, or the
 * outcome when there is none; never rejects.
 */
export function postJson(url: URL, body: object, signal: AbortSignal): Promise<Answer | Outcome> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(unsent('aborted', 'the time was up before the vendor was asked'));
      return;
    }
    const bytes = Buffer.from(JSON.stringify(body));
    const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': bytes.length };
    const isSecure = url.protocol === 'https:';
    const request = (isSecure ? requestHttps : requestHttp)(url, { method: 'POST', headers, agent: false });
    let mayHaveLeft = false;
    const end = (result: Answer | Outcome) => {
      signal.removeEventListener('abort', onAbort);
      resolve(result);
      request.destroy();
    };
    const lost = (code: string, unsentDetail: string, detail: string) =>
      end(mayHaveLeft ? { kind: 'uncertain', code, detail } : unsent(code, unsentDetail));
    const onAbort = () => lost('timeout', 'no connection to the vendor in time', 'no answer in time');
    signal.addEventListener('abort', onAbort, { once: true });
    request.on('socket', (socket) => {
      // What is written before this waits in the socket: nothing has left yet.
      socket.once(isSecure ? 'secureConnect' : 'connect', () => {
        mayHaveLeft = true;
      });
    });
    const onLoss = () =>
      lost(
        mayHaveLeft ? 'connection_lost' : 'no_connection',
        'no connection to the vendor could be made',
        'the connection broke before the answer was there',
      );
    request.on('error', onLoss);
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      let length = 0;
      response.on('data', (part: Buffer) => {
        parts.push(part);
        length += part.length;
        if (length > maxAnswerBytes)
          end({ kind: 'uncertain', code: 'unreadable_answer', detail: 'the answer was longer than any of the vendor' });
      });
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        end({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
      response.on('error', onLoss);
    });
    request.end(bytes);
  });
}

function unsent(code: string, detail: string): Outcome {
  return { kind: 'deferred', scope: 'account', retryAfterMs: null, code, detail };
}
