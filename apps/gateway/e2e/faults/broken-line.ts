import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What a broken vendor does with a connection. */
export type Behaviour = (socket: Socket) => void;

export interface BrokenLine {
  readonly port: number;
  connections(): number;
  /** Bytes that the other side took. */
  written(): number;
  close(): Promise<void>;
}

/** A TCP server on a loopback port that speaks as badly as it is told to. */
export async function brokenLine(behave: Behaviour): Promise<BrokenLine> {
  const sockets = new Set<Socket>();
  let written = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    // Whoever loses patience cuts the line.
    socket.on('error', () => {});
    socket.on('close', () => {
      written += socket.bytesWritten;
    });
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.size,
    written: () => written,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

// ---- What can be said, or not ----

export const silent: Behaviour = (socket) => void socket.resume();
export const resets: Behaviour = (socket) => void socket.resetAndDestroy();
export const says =
  (text: string): Behaviour =>
  (socket) => {
    socket.resume();
    socket.write(text);
  };

/** One byte a second, after a beginning. */
export const drips =
  (beginning: string, letters: string): Behaviour =>
  (socket) => {
    says(beginning)(socket);
    let at = 0;
    const timer = setInterval(() => socket.write(letters[at++ % letters.length] ?? ''), 1_000);
    socket.on('close', () => clearInterval(timer));
  };

/** As long as somebody reads, up to a gigabyte. */
export const pours =
  (beginning: string, line: string): Behaviour =>
  (socket) => {
    says(beginning)(socket);
    const chunk = line.repeat(Math.ceil(65_536 / line.length));
    let left = Math.ceil(2 ** 30 / chunk.length);
    const more = () => {
      while (left-- > 0 && !socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', more);
    more();
  };

/** Lets a whole HTTP request arrive first. */
export const afterRequest =
  (then: Behaviour): Behaviour =>
  (socket) =>
    void socket.once('data', () => then(socket));

/** Speaks SMTP until a message is whole. */
export const afterMessage =
  (then: Behaviour): Behaviour =>
  (socket) => {
    let inMessage = false;
    socket.write('220 ready\r\n');
    const read = (part: Buffer) => {
      const text = part.toString();
      if (!inMessage) {
        inMessage = text.startsWith('DATA');
        socket.write(inMessage ? '354 go on\r\n' : '250 fine\r\n');
      } else if (text.endsWith('\r\n.\r\n')) {
        socket.off('data', read);
        then(socket);
      }
    };
    socket.on('data', read);
  };
