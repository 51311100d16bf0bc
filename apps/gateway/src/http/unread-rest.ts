import type { IncomingMessage, ServerResponse } from 'node:http';

/** For so long, and so many bytes, what is left of a body is read into nothing: a sender who is not yet done sees the answer. */
const longestMs = 500;
const mostBytes = 64 * 1024 * 1024;
/** Reading costs memory until it is swept up. When many send what nobody reads, the rest of them is cut off at once. */
const mostAtOnce = 4;

/** Cuts off senders who go on with a body after they got their answer. */
export function unreadRests(): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  let reading = 0;

  const readOn = (incoming: IncomingMessage) => {
    const { socket } = incoming;
    // Reading would not bring us to its end.
    if (Number(incoming.headers['content-length'] ?? 0) > mostBytes) socket.pause();
    const end = socket.bytesRead + mostBytes;
    const cut = () => socket.destroySoon();
    const look = () => {
      if (socket.bytesRead > end) cut();
    };
    const timer = setTimeout(cut, longestMs);
    reading++;
    incoming.on('data', look);
    incoming.once('close', () => {
      clearTimeout(timer);
      reading--;
    });
  };

  return (incoming, outgoing) => {
    const { 'content-length': length = '0', 'transfer-encoding': coding } = incoming.headers;
    if (length === '0' && coding === undefined) return;
    outgoing.once('finish', () => {
      if (incoming.complete || incoming.destroyed) return;
      if (reading < mostAtOnce) readOn(incoming);
      else incoming.socket.destroySoon();
    });
  };
}
