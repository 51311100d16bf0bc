import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests that may wait on a connection for the answer before theirs. */
const longest = 16;

/**
 * Cuts off connections that bring more requests than they read answers: Node begins all of those that one packet brings, two
 * thousand in 64 KiB, and would keep every answer until somebody reads it. False when the request is not to be begun.
 */
export function boundedPipelines(): (incoming: IncomingMessage, outgoing: ServerResponse) => boolean {
  const waiting = new WeakMap<Socket, number>();
  return ({ socket }, outgoing) => {
    if (socket.destroyed) return false;
    // An answer gets its socket when those before it are done: usually at once.
    if (outgoing.socket !== null) return true;
    const before = waiting.get(socket) ?? 0;
    if (before >= longest) {
      socket.destroy();
      return false;
    }
    waiting.set(socket, before + 1);
    outgoing.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
    return true;
  };
}
