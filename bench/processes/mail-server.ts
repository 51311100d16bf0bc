import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail server that takes everything, keeps nothing and counts: messages, and distinct ones by their Message-ID. */
const ids = new Set<string>();
let messages = 0;
const messageId = /^message-id:\s*(<[^>]+>)/im;

const server = new SMTPServer({
  disabledCommands: ['STARTTLS', 'AUTH'],
  disableReverseLookup: true,
  logger: false,
  onData(stream, _session, done) {
    let text = '';
    stream.on('data', (part: Buffer) => {
      text += part.toString('latin1');
    });
    stream.on('end', () => {
      messages++;
      ids.add(messageId.exec(text)?.[1] ?? `none ${messages}`);
      done(null, '2.0.0 Ok');
    });
  },
});
server.on('error', () => {});

process.once('message', () => {
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.server.address() as AddressInfo;
    process.on('message', () => process.send?.({ messages, distinct: ids.size }));
    process.send?.({ port });
  });
});
process.once('disconnect', () => process.exit());
