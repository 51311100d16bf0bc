import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A message as it arrived. */
interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** `dlv_...@domain`: the same for all attempts of a delivery. */
  readonly messageId: string;
  readonly source: string;
}

export interface MailServer {
  readonly port: number;
  /** Messages that arrived whole, whatever was answered. */
  readonly mails: readonly ReceivedMail[];
  /** Messages that arrived whole and have no answer yet. */
  unanswered(): number;
  close(): Promise<void>;
}

/** A real SMTP server on a loopback port that takes `delayMs` to say that it accepted a message. */
export async function mailServer(delayMs: () => number = () => 0): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  let unanswered = 0;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    closeTimeout: 20,
    logger: false,
    onData(stream, { envelope }, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const source = Buffer.concat(parts).toString();
        const messageId = /^message-id: <(.+)>\r?$/im.exec(source)?.[1] ?? '';
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), messageId, source });
        unanswered++;
        setTimeout(() => {
          unanswered--;
          done(null, `2.0.0 Ok: queued as Q${mails.length}`);
        }, delayMs());
      });
    },
  });
  // Connections that a killed client leaves behind.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    unanswered: () => unanswered,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
