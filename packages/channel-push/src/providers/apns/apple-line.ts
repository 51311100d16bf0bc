import { type ClientHttp2Session, connect } from 'node:http2';
import type { Clock } from '@posthorn/core';
import { type Exchanged, exchange, type Sending } from './exchange.ts';

/** A connection that was silent for longer is asked first whether it is still there: routers forget such connections. */
const idleMs = 60_000;
/** How long it may take to answer that. */
const pingMs = 2_000;

export interface LineSettings {
  /** Apple's server, or what stands in for it; with `http:` HTTP/2 is spoken without TLS. */
  readonly origin: URL;
  /** How long connecting may take. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** A session, with what is needed to judge it. */
interface Session {
  readonly http2: ClientHttp2Session;
  /** When it last gave a sign of life. */
  heardAt: number;
  /** A request on it got no answer in time: it may be dead without knowing. */
  suspect: boolean;
  /** Streams above this one were not looked at by the server: what its GOAWAY said. */
  lastStream: number;
}

/**
 * One HTTP/2 connection to Apple, made when it is needed and made anew when it has ended. Apple wants it kept open, and
 * takes many requests on it at the same time.
 */
export class AppleLine {
  readonly #settings: LineSettings;
  #session: Session | null = null;
  /** While a connection is being made or asked for a sign of life, all sends wait for the same one. */
  #preparing: Promise<Session | null> | null = null;
  #closed = false;

  constructor(settings: LineSettings) {
    this.#settings = settings;
  }

  /** One request. Resolves always, and soon after `signal` aborts. */
  async post(sending: Sending, signal: AbortSignal): Promise<Exchanged> {
    const session = await this.#ready(signal);
    if (signal.aborted) return { kind: 'unsent', code: 'connect_timeout', detail: 'no connection to APNs in time' };
    if (session === null)
      return { kind: 'unsent', code: 'connection_failed', detail: 'no connection to APNs could be made' };
    const path = this.#settings.origin.pathname.replace(/\/+$/, '') + sending.path;
    const exchanged = await exchange(session.http2, { ...sending, path }, () => session.lastStream, signal);
    if (exchanged.kind === 'answered') this.#heard(session);
    else if (signal.aborted) session.suspect = true;
    return exchanged;
  }

  close(): void {
    this.#closed = true;
    this.#session?.http2.destroy();
    this.#session = null;
  }

  #heard(session: Session): void {
    session.heardAt = this.#settings.clock.now();
    session.suspect = false;
  }

  /** A session that can be written to; null when there is none to be had, or `signal` aborted before. */
  async #ready(signal: AbortSignal): Promise<Session | null> {
    const session = this.#session;
    if (session !== null && this.#preparing === null && this.#isFresh(session)) return session;
    this.#preparing ??= this.#prepare(session).finally(() => {
      this.#preparing = null;
    });
    return Promise.race([this.#preparing, abortOf(signal)]);
  }

  #isFresh({ http2, suspect, heardAt }: Session): boolean {
    if (http2.closed || http2.destroyed) return false;
    const silentMs = this.#settings.clock.now() - heardAt;
    return !suspect && silentMs >= 0 && silentMs < idleMs;
  }

  async #prepare(session: Session | null): Promise<Session | null> {
    if (session !== null && (await this.#answersPing(session))) {
      this.#heard(session);
      return session;
    }
    session?.http2.destroy();
    return this.#connect();
  }

  #answersPing({ http2 }: Session): Promise<boolean> {
    if (http2.closed || http2.destroyed) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const cancel = this.#settings.clock.after(pingMs, () => resolve(false));
    http2.ping((error) => {
      cancel();
      resolve(error === null);
    });
    return promise;
  }

  #connect(): Promise<Session | null> {
    const { origin, timeoutMs, clock } = this.#settings;
    const { promise, resolve } = Promise.withResolvers<Session | null>();
    const http2 = connect(origin.origin);
    const session: Session = {
      http2,
      heardAt: clock.now(),
      suspect: false,
      lastStream: Number.POSITIVE_INFINITY,
    };
    const cancel = clock.after(timeoutMs, () => http2.destroy());
    // What is left of it serves those that wait for an answer on it; the next request makes a new one.
    const drop = () => {
      cancel();
      if (this.#session === session) this.#session = null;
      resolve(null);
    };
    http2.once('connect', () => {
      cancel();
      if (this.#closed) {
        http2.destroy();
        return;
      }
      this.#session = session;
      resolve(session);
    });
    http2.on('goaway', (_code, lastStream) => {
      session.lastStream = lastStream;
      drop();
    });
    http2.on('error', drop);
    http2.on('close', drop);
    return promise;
  }
}

function abortOf(signal: AbortSignal): Promise<null> {
  if (signal.aborted) return Promise.resolve(null);
  const { promise, resolve } = Promise.withResolvers<null>();
  signal.addEventListener('abort', () => resolve(null), { once: true });
  return promise;
}
