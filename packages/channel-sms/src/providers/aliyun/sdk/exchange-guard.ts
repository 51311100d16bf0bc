import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';

/** What one exchange with a vendor may take. */
interface ExchangeLimits {
  /** Cuts the connection when it aborts. */
  readonly signal: AbortSignal;
  /** A longer answer is cut off. */
  readonly maxAnswerBytes: number;
}

/** Holds HTTP exchanges within limits from outside, for vendor libraries that take neither a signal nor a size. */
export interface ExchangeGuard {
  run<Answer>(limits: ExchangeLimits, call: () => Promise<Answer>): Promise<Answer>;
  close(): void;
}

/** Node tells of every HTTP request that starts, in the asynchronous context it starts in (docs: diagnostics_channel, "HTTP"). */
const requestStarts = 'http.client.request.start';

/** Requests made within `run` are held to its limits; all others of the process are left alone. */
export function exchangeGuard(): ExchangeGuard {
  const current = new AsyncLocalStorage<ExchangeLimits>();
  const onStart = (message: unknown) => {
    const limits = current.getStore();
    if (limits !== undefined) hold((message as { readonly request: ClientRequest }).request, limits);
  };
  subscribe(requestStarts, onStart);
  return {
    run: (limits, call) => current.run(limits, call),
    close: () => void unsubscribe(requestStarts, onStart),
  };
}

function hold(request: ClientRequest, { signal, maxAnswerBytes }: ExchangeLimits): void {
  const cut = () => void request.destroy();
  if (signal.aborted) {
    cut();
    return;
  }
  signal.addEventListener('abort', cut, { once: true });
  request.once('close', () => signal.removeEventListener('abort', cut));
  request.once('response', (response: IncomingMessage) => countAnswer(response, maxAnswerBytes, cut));
}

/** Counts along with whoever reads the answer: a listener of ours alone would start the flow before the reader is there. */
function countAnswer(response: IncomingMessage, maxAnswerBytes: number, cut: () => void): void {
  let bytes = 0;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) cut();
  };
  const join = (event: string | symbol) => {
    if (event !== 'data' && event !== 'readable') return;
    response.off('newListener', join);
    response.on('data', count);
  };
  response.on('newListener', join);
}
