import { connect } from 'node:net';

/** What came back over a connection that somebody wrote to by hand. */
export interface RawAnswer {
  readonly text: string;
  /** 0 when no status line came. */
  readonly status: number;
  /** How long the server kept the connection; null when it still did at the end of our patience. */
  readonly closedAfterMs: number | null;
}

/** Writes these bytes to the gateway as they are and listens until it closes the connection, or for `patienceMs`. */
export function rawRequest(
  url: string,
  bytes: string | Buffer,
  patienceMs: number,
  isDone = answered,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const startedAt = Date.now();
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname);
    const finish = (closedAfterMs: number | null) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, status: statusIn(text), closedAfterMs });
    };
    const timer = setTimeout(() => finish(null), patienceMs);
    socket.on('data', (part) => {
      text += part.toString('latin1');
      if (isDone(text)) finish(null);
    });
    // The server may close while we are still writing.
    socket.on('error', () => {});
    socket.on('close', () => finish(Date.now() - startedAt));
    socket.write(bytes);
  });
}

/** Silence after which a sender thinks that nothing more will be said. */
const lullMs = 250;

/**
 * Writes these bytes, and hangs up when all has become quiet: whoever waits for more all the same waits in vain, and is to
 * close as well. Hanging up at once would end a request that is just being answered.
 */
export function lastWords(url: string, bytes: Buffer, patienceMs: number): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const startedAt = Date.now();
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname);
    const lull = setTimeout(() => socket.end(), lullMs);
    const finish = (closedAfterMs: number | null) => {
      clearTimeout(lull);
      clearTimeout(patience);
      socket.destroy();
      resolve({ text, status: statusIn(text), closedAfterMs });
    };
    const patience = setTimeout(() => finish(null), patienceMs);
    socket.on('data', (part) => {
      text += part.toString('latin1');
      lull.refresh();
    });
    socket.on('error', () => {});
    socket.on('close', () => finish(Date.now() - startedAt));
    socket.write(bytes);
  });
}

function answered(text: string): boolean {
  const [head, body] = text.split('\r\n\r\n', 2);
  const length = /\r\ncontent-length: (\d+)/i.exec(head ?? '')?.[1];
  return body !== undefined && length !== undefined && body.length >= Number(length);
}

/** To wait for the end of the connection and not only for an answer. */
export const untilClosed = () => false;

/** Sends a body that never ends, as fast as the gateway takes it, until the connection is closed; what came back meanwhile. */
export function endlessUpload(url: string, head: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const startedAt = Date.now();
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname);
    const pour = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('data', (part) => {
      text += part.toString('latin1');
    });
    socket.on('drain', pour);
    socket.on('error', () => {});
    socket.on('close', () => resolve({ text, status: statusIn(text), closedAfterMs: Date.now() - startedAt }));
    socket.write(head);
    pour();
  });
}

function statusIn(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
}
