import { AsyncLocalStorage } from 'node:async_hooks';
import { type ClientRequest, type ClientRequestArgs, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent } from 'node:https';
import { connect, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/** Google's answers have a few hundred bytes. */
export const answerLimit = 64 * 1024;

/**
 * How far a send got. `waiting`: no request yet, the access token is being fetched · `connecting`: a request, but no
 * connection to write it to · `connected`: FCM may have read it.
 */
export type Stage = 'waiting' | 'connecting' | 'connected';

/** Why a send was given up before the SDK settled: our time was over, the answer broke off in the middle, or it never ended. */
export type Loss = 'timeout' | 'answer_cut_off' | 'answer_too_large';

/**
 * One send on its way. The SDK takes no abort signal, reads answers of any length into memory, never settles when a
 * connection breaks in the middle of an answer, and does not tell whether a request ever left: a flight does all four.
 */
export class Flight {
  stage: Stage = 'waiting';
  readonly #signal: AbortSignal;
  readonly #onLoss: (loss: Loss, stage: Stage) => void;
  #request: ClientRequest | null = null;
  #over = false;

  /** `onLoss` is told, once at most, when there is no more use in waiting for the SDK. */
  constructor(signal: AbortSignal, onLoss: (loss: Loss, stage: Stage) => void) {
    this.#onLoss = onLoss;
    this.#signal = signal;
    if (signal.aborted) this.#lose('timeout');
    else signal.addEventListener('abort', this.#giveUp, { once: true });
  }

  /** Follows the request that the SDK has just made. One that comes after the end is destroyed before a byte of it leaves. */
  follow(request: ClientRequest): void {
    this.#request = request;
    if (this.#over) {
      request.destroy(new Error('abandoned'));
      return;
    }
    this.stage = 'connecting';
    request.once('socket', (socket) => {
      const connected = () => {
        this.stage = 'connected';
      };
      if (socket.connecting) socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', connected);
      else connected();
    });
    request.once('response', (response) => this.#limit(response));
  }

  /** Ends the flight; nothing is watched any more. */
  land(): void {
    this.#over = true;
    this.#signal.removeEventListener('abort', this.#giveUp);
  }

  #limit(response: IncomingMessage): void {
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > answerLimit) this.#lose('answer_too_large');
    });
    response.once('close', () => {
      if (!response.complete) this.#lose('answer_cut_off');
    });
  }

  readonly #giveUp = (): void => this.#lose('timeout');

  #lose(loss: Loss): void {
    if (this.#over) return;
    this.land();
    this.#onLoss(loss, this.stage);
    this.#request?.destroy(new Error('abandoned'));
  }
}

/** How http hands a request to its agent. It is not in the documentation, but every proxy agent hooks in here. */
type AddRequest = (this: HttpAgent, request: ClientRequest, options: ClientRequestArgs) => void;
const { addRequest } = HttpAgent.prototype as unknown as { readonly addRequest?: AddRequest };

/** Keep-alive connections to Google, or to the endpoint that stands in for it, on which flights are followed. */
export class FcmAgent extends Agent {
  readonly #endpoint: URL | null;
  readonly #flights = new AsyncLocalStorage<Flight>();

  constructor(endpoint: URL | null, sockets: number) {
    // Without the hook every failure would look as if nothing had been sent.
    if (addRequest === undefined)
      throw new Error('this version of Node has other HTTP agents than this provider knows');
    super({ keepAlive: true, maxSockets: sockets, maxFreeSockets: sockets });
    this.#endpoint = endpoint;
  }

  /** Runs `send` so that the request it makes on this agent belongs to `flight`. */
  follow<Value>(flight: Flight, send: () => Promise<Value>): Promise<Value> {
    return this.#flights.run(flight, send);
  }

  addRequest(request: ClientRequest, options: ClientRequestArgs): void {
    const prefix = this.#endpoint?.pathname.replace(/\/+$/, '');
    if (prefix) request.path = prefix + request.path;
    this.#flights.getStore()?.follow(request);
    addRequest?.call(this, request, options);
  }

  /** The SDK's addresses are constants, so an endpoint changes where the connection goes. The Host header still names Google's. */
  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    if (this.#endpoint === null) return super.createConnection(options, callback);
    const host = this.#endpoint.hostname.replace(/^\[(.*)\]$/, '$1');
    if (this.#endpoint.protocol === 'http:') return connect({ host, port: Number(this.#endpoint.port || 80) });
    const tls = { host, port: Number(this.#endpoint.port || 443), servername: isIP(host) ? '' : host };
    return super.createConnection({ ...options, ...tls } as ClientRequestArgs, callback);
  }
}
