import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';

/** Apple's answers have at most a hundred bytes. */
const answerLimit = 64 * 1_024;

export interface AppleAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request as APNs takes it: the path and the headers below it, and the JSON. */
export interface Sending {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a request came to. `unsent`: Apple surely did nothing with it · `interrupted`: it may have. */
export type Exchanged =
  | ({ readonly kind: 'answered' } & AppleAnswer)
  | { readonly kind: 'unsent' | 'interrupted'; readonly code: string; readonly detail: string };

/** One request and its answer on a stream of a connection. `lastStream` gives the last one that the server says it looked at. */
export function exchange(
  session: ClientHttp2Session,
  { path, headers, body }: Sending,
  lastStream: () => number,
  signal: AbortSignal,
): Promise<Exchanged> {
  const { promise, resolve } = Promise.withResolvers<Exchanged>();
  const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
  const parts: Buffer[] = [];
  let answer: (IncomingHttpHeaders & IncomingHttpStatusHeader) | null = null;
  let whole = false;
  const settle = (exchanged: Exchanged) => {
    signal.removeEventListener('abort', giveUp);
    resolve(exchanged);
  };
  const abandon = (exchanged: Exchanged) => {
    settle(exchanged);
    stream.close(constants.NGHTTP2_CANCEL);
  };
  const giveUp = () => abandon({ kind: 'interrupted', code: 'timeout', detail: 'APNs did not answer in time' });
  signal.addEventListener('abort', giveUp, { once: true });
  let bytes = 0;
  stream.on('response', (received) => {
    answer = received;
  });
  stream.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes <= answerLimit) parts.push(part);
    else
      abandon({
        kind: 'interrupted',
        code: 'answer_too_large',
        detail: 'the answer was longer than any answer of APNs',
      });
  });
  stream.on('end', () => {
    whole = true;
  });
  // What went wrong is told by how the stream closes, which follows.
  stream.on('error', () => undefined);
  stream.once('close', () => {
    if (answer !== null && whole && stream.rstCode === constants.NGHTTP2_NO_ERROR)
      return settle({
        kind: 'answered',
        status: answer[':status'] ?? 0,
        headers: answer,
        body: Buffer.concat(parts).toString(),
      });
    // The word about the connection may come after the end of its streams.
    setImmediate(() => settle(broken(stream, answer !== null, lastStream())));
  });
  stream.end(body);
  return promise;
}

/** RFC 9113, sections 6.8 and 8.7: what was refused, or came after the last stream that a GOAWAY names, was not processed. */
function broken({ id, rstCode }: ClientHttp2Stream, answered: boolean, lastStream: number): Exchanged {
  if (id === undefined || id > lastStream || rstCode === constants.NGHTTP2_REFUSED_STREAM)
    return {
      kind: 'unsent',
      code: 'connection_closed',
      detail: 'APNs closed the connection before it took the message',
    };
  return answered
    ? { kind: 'interrupted', code: 'answer_cut_off', detail: 'the connection broke in the middle of the answer' }
    : { kind: 'interrupted', code: 'connection_lost', detail: 'the connection broke after the message had left' };
}
