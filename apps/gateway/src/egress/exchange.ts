import { type ClientRequest, type Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import type { EgressAnswer, EgressRequest } from '@posthorn/core';
import { answerOfFault, lateAnswer } from './fault.ts';

/** As much of an answer is read; a status and a line are what is needed of it. */
const maxAnswerBytes = 64 * 1_024;

interface Line {
  readonly agent: HttpAgent;
  readonly lookup: LookupFunction;
}

/** Asks once: no redirect followed, nothing tried again, the answer read to the end or to its bound. */
export function exchange(asked: EgressRequest, { agent, lookup }: Line): Promise<EgressAnswer> {
  const { method, url, headers, body, signal } = asked;
  if (signal.aborted) return Promise.resolve(lateAnswer(false));
  const secure = url.protocol === 'https:';
  const length = body === null ? (method === 'POST' ? 0 : null) : Buffer.byteLength(body);
  const request = (secure ? httpsRequest : httpRequest)(url, {
    agent,
    lookup,
    method,
    headers: { ...headers, ...(length === null ? {} : { 'content-length': length }) },
  });
  return new Promise((resolve) => {
    let mayHaveLeft = false;
    const end = (answer: EgressAnswer) => {
      signal.removeEventListener('abort', onAbort);
      resolve(answer);
    };
    const cut = (answer: EgressAnswer) => {
      end(answer);
      request.destroy();
    };
    const onAbort = () => cut(lateAnswer(mayHaveLeft));
    signal.addEventListener('abort', onAbort, { once: true });
    onceConnected(request, secure, () => {
      mayHaveLeft = true;
    });
    request.on('error', (error) => end(answerOfFault(error, mayHaveLeft)));
    request.on('upgrade', (response) => cut(answerOf(response, [], false)));
    request.on('response', (response) => collect(response, end, cut));
    // Comes last and whatever happens, so that nobody waits for ever.
    request.on('close', () => end(answerOfFault(null, mayHaveLeft)));
    request.end(body ?? undefined);
    // It may have come while the request was being made, before anybody listened.
    if (signal.aborted) onAbort();
  });
}

/** What is written before the connection stands, and is secure, waits in the socket: nothing of it has left. */
function onceConnected(request: ClientRequest, secure: boolean, leaves: () => void): void {
  request.once('socket', (socket: Socket) => {
    if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', leaves);
    else leaves();
  });
}

function collect(
  response: IncomingMessage,
  end: (answer: EgressAnswer) => void,
  cut: (answer: EgressAnswer) => void,
): void {
  const parts: Buffer[] = [];
  let left = maxAnswerBytes;
  response.on('data', (part: Buffer) => {
    parts.push(part.subarray(0, Math.max(left, 0)));
    left -= part.length;
    if (left < 0) cut(answerOf(response, parts, true));
  });
  response.on('end', () => end(answerOf(response, parts, false)));
  response.on('error', (error) => end(answerOfFault(error, true)));
}

function answerOf(response: IncomingMessage, parts: readonly Buffer[], truncated: boolean): EgressAnswer {
  const headers: Record<string, string> = {};
  for (const [name, value = ''] of Object.entries(response.headers))
    headers[name] = typeof value === 'string' ? value : value.join(', ');
  return { kind: 'answered', status: response.statusCode ?? 0, headers, body: Buffer.concat(parts), truncated };
}
