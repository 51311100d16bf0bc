import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** What a mail server says to a message that arrived whole: null takes it. */
export type Reply = { readonly code: number; readonly text: string } | null;

/** One try to hand over a message. */
interface Try {
  /** The delivery's id: the same for all its tries. */
  readonly delivery: string;
  readonly to: string;
  readonly at: number;
  readonly taken: boolean;
}

export interface Relay {
  readonly port: number;
  /** Messages that arrived whole and were answered, in the order of the answers. */
  readonly tries: readonly Try[];
  /** Messages that arrived whole and have no answer yet. */
  waiting(): number;
  close(): Promise<void>;
}

/** A real SMTP server on a loopback port that answers messages as it is told, and when it is told. */
export async function relay(answer: (to: string) => Reply | Promise<Reply>): Promise<Relay> {
  const tries: Try[] = [];
  let waiting = 0;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    closeTimeout: 20,
    logger: false,
    onData(stream, { envelope }, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const delivery = /^message-id: <(.+)@.+>\r?$/im.exec(Buffer.concat(parts).toString())?.[1] ?? '';
        const to = envelope.rcptTo[0]?.address ?? '';
        const at = Date.now();
        waiting++;
        void Promise.resolve(answer(to)).then((reply) => {
          waiting--;
          tries.push({ delivery, to, at, taken: reply === null });
          done(reply === null ? null : Object.assign(new Error(reply.text), { responseCode: reply.code }), '2.0.0 Ok');
        });
      });
    },
  });
  // Connections that a killed client leaves behind.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    tries,
    waiting: () => waiting,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A door that holds answers back until it is opened. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
