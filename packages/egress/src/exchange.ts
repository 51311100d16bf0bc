import { type ClientRequest, type Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import type { EgressAnswer, EgressRequest } from '@posthorn/core';
import { answerOfFault, lateAnswer } from './fault.ts';

/** As much of an answer is read; a status and a line are what is needed of it. */
const maxAnswerBytes = 64 * 1_024;

interface Line {
  readonly agent: HttpAgent;
  /** How the name is looked up for a new connection; the system's way when left out. */
  readonly lookup?: LookupFunction;
}

/** Asks once: no redirect followed, nothing tried again, the answer read to the end or to its bound. */
export function exchange(asked: EgressRequest, line: Line): Promise<EgressAnswer> {
  const { url, body, signal } = asked;
  if (signal.aborted) return Promise.resolve(lateAnswer(false));
  const secure = url.protocol === 'https:';
  const request = requestOf(asked, line, secure);
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
    signal.addEventListener('abort', onAbort, onlyOnce);
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

const onlyOnce = { once: true } as const;

/** Said in Node's own words: taking a `URL` apart and giving headers one by one would cost a tenth of an exchange. */
function requestOf({ method, url, headers, body }: EgressRequest, line: Line, secure: boolean): ClientRequest {
  const { hostname, port, pathname, search } = url;
  const lines: string[] = [];
  let host = url.host;
  for (const name in headers) {
    const value = headers[name] ?? '';
    if (name.toLowerCase() === 'host') host = value;
    else lines.push(name, value);
  }
  lines.push('host', host);
  if (body !== null) lines.push('content-length', String(Buffer.byteLength(body)));
  else if (method !== 'GET' && method !== 'DELETE') lines.push('content-length', '0');
  return (secure ? httpsRequest : httpRequest)({
    ...line,
    method,
    host: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    port,
    path: pathname + search,
    headers: lines,
  });
}

/** What is written before the connection stands, and is secure, waits in the socket: nothing of it has left. */
function onceConnected(request: ClientRequest, secure: boolean, leaves: () => void): void {
  request.on('socket', (socket: Socket) => {
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
    parts.push(part.length <= left ? part : part.subarray(0, Math.max(left, 0)));
    left -= part.length;
    if (left < 0) cut(answerOf(response, parts, true));
  });
  response.on('end', () => end(answerOf(response, parts, false)));
  response.on('error', (error) => end(answerOfFault(error, true)));
}

function answerOf(response: IncomingMessage, parts: readonly Buffer[], truncated: boolean): EgressAnswer {
  const [first] = parts;
  const body = first !== undefined && parts.length === 1 ? first : Buffer.concat(parts);
  return { kind: 'answered', status: response.statusCode ?? 0, headers: headersOf(response), body, truncated };
}

/** Of all headers only this one has its values apart. */
function headersOf({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const { 'set-cookie': cookies, ...others } = headers;
  const texts = others as Record<string, string>;
  return cookies === undefined ? texts : { ...texts, 'set-cookie': cookies.join(', ') };
}
