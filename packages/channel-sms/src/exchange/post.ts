import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { fail, type Outcome, ok, type Result } from '@posthorn/core';
import type { HttpAnswer } from './answer.ts';
import { noAnswer, outcomeOfFault, unsent } from './fault.ts';

/** A request as it goes to a vendor: everything that a signature may cover. */
export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Asks a vendor by HTTP, each time once: no redirect followed, nothing tried again. */
export interface PostClient {
  /** The answer, or what the exchange came to without one. The signal cuts it off at any moment. */
  send(post: Post, signal: AbortSignal): Promise<Result<HttpAnswer, Outcome>>;
  close(): void;
}

/** An answer to one message is a few hundred bytes; a longer one is cut off. */
const maxAnswerBytes = 64 * 1024;
/**
 * An idle connection is let go this soon: well before servers and balancers do (a minute is usual), since a request that
 * meets a connection just closed by the other side is uncertain.
 */
const idleMs = 15_000;

export function postClient(protocol: string): PostClient {
  const secure = protocol === 'https:';
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, timeout: idleMs });
  return {
    send: (post, signal) => send(post, { agent, secure, signal }),
    close: () => void agent.destroy(),
  };
}

interface Line {
  readonly agent: HttpAgent;
  readonly secure: boolean;
  readonly signal: AbortSignal;
}

function send({ url, headers, body }: Post, { agent, secure, signal }: Line): Promise<Result<HttpAnswer, Outcome>> {
  const request = (secure ? httpsRequest : httpRequest)(url, {
    agent,
    signal,
    method: 'POST',
    headers: { accept: 'application/json', ...headers, 'content-length': Buffer.byteLength(body) },
  });
  let mayHaveLeft = false;
  const leaves = () => {
    mayHaveLeft = true;
  };
  request.once('socket', (socket: Socket) => {
    if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', leaves);
    else leaves();
  });
  return new Promise((resolve) => {
    const broken = (thrown: unknown) => resolve(fail(outcomeOfBreak(thrown, mayHaveLeft, signal)));
    request.on('error', broken);
    request.on('response', (response) => {
      const read = (answer: string) =>
        resolve(ok({ status: response.statusCode ?? 0, headers: response.headers, body: answer }));
      collect(response, { read, broken, cut: () => void request.destroy() });
    });
    request.end(body);
  });
}

interface Collector {
  readonly read: (body: string) => void;
  readonly broken: (thrown: unknown) => void;
  readonly cut: () => void;
}

/** The whole body, as long as it is within bounds. `close` comes last and whatever happens, so that nothing waits for ever. */
function collect(response: IncomingMessage, { read, broken, cut }: Collector): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  response.on('data', (part: Buffer) => {
    bytes += part.length;
    parts.push(part);
    if (bytes <= maxAnswerBytes) return;
    parts.length = 0;
    broken(new Error('the answer is too long'));
    cut();
  });
  response.on('end', () => read(Buffer.concat(parts).toString()));
  response.on('error', broken);
  response.on('close', () => broken(new Error('aborted')));
}

/** Before a connection stood, nothing can have left, whatever broke; from then on the vendor may have the message. */
function outcomeOfBreak(thrown: unknown, mayHaveLeft: boolean, signal: AbortSignal): Outcome {
  if (mayHaveLeft && signal.aborted) return noAnswer;
  const outcome = outcomeOfFault(thrown);
  if (mayHaveLeft || outcome.kind === 'deferred') return outcome;
  return unsent('no_connection', 'no connection to the endpoint');
}
