import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';

/** What a server says no with: `[550, '5.1.1 no such user']`. */
type Refusal = readonly [code: number, text: string];

/** What happens when the message is complete: refused, or one of the ways in which an answer can fail to come. */
type Ending = Refusal | 'drops' | 'silent' | 'stalls' | 'pours';

export interface SmtpScript {
  readonly greeting?: Refusal;
  readonly login?: Refusal;
  /** `drops` cuts the connection instead of an answer. */
  readonly sender?: Refusal | 'drops';
  readonly recipient?: Refusal;
  readonly ending?: Ending;
  /** What it says to a message that it takes. */
  readonly acceptance?: string;
  readonly options?: SMTPServerOptions;
}

/** A message as it arrived. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly source: Buffer;
  readonly secure: boolean;
  readonly user: string | null;
  readonly session: string;
  /** What is to be reported about it (RFC 3461); null where the sender asked for nothing. */
  readonly dsn: { readonly envelopeId: string; readonly returns: string; readonly notify: readonly string[] } | null;
}

export interface SmtpDouble {
  readonly port: number;
  /** Messages that arrived whole, whatever the answer to them was. */
  readonly mails: readonly ReceivedMail[];
  /** How often a sender was named: attempts, hidden ones included. */
  senders(): number;
  connections(): number;
  close(): Promise<void>;
}

/** A real SMTP server on a loopback port that misbehaves as the script says. */
export async function smtpDouble(script: SmtpScript = {}): Promise<SmtpDouble> {
  const mails: ReceivedMail[] = [];
  let senders = 0;
  let connections = 0;
  const server: SMTPServer = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: 20,
    logger: false,
    ...script.options,
    onConnect: (_session, done) => {
      connections++;
      done(refusal(script.greeting));
    },
    onAuth: ({ username }, _session, done) =>
      script.login === undefined ? done(null, { user: username }) : done(refusal(script.login)),
    onMailFrom: (_address, session, done) => {
      senders++;
      if (script.sender === 'drops') socketOf(server, session).destroy();
      else done(refusal(script.sender));
    },
    onRcptTo: (_address, _session, done) => done(refusal(script.recipient)),
    onData: (stream, session, done) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        mails.push(mailOf(session, Buffer.concat(parts)));
        end(script, socketOf(server, session), done);
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    mails,
    senders: () => senders,
    connections: () => connections,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A TCP server that speaks no SMTP: it says `line`, once or for as long as somebody reads; null hangs up at once. */
export async function babbler(
  line: string | null,
  isEndless = false,
): Promise<Pick<SmtpDouble, 'port' | 'connections' | 'close'>> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (line === null) socket.destroy();
    else if (isEndless) pour(socket, line);
    else socket.write(line);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.size,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A port that nobody listens on. */
export async function deadPort(): Promise<number> {
  const { port, close } = await babbler('');
  await close();
  return port;
}

type Done = (error?: Error | null, message?: string) => void;

function end({ ending, acceptance = '2.0.0 Ok: queued as 4F2B61E0C3' }: SmtpScript, socket: Socket, done: Done): void {
  if (ending === undefined) done(null, acceptance);
  else if (ending === 'drops') socket.destroy();
  else if (ending === 'stalls') socket.write('250-2.0.0 and\r\n250-2.0');
  else if (ending === 'pours') pour(socket, '250-2.0.0 and so on\r\n');
  else if (ending !== 'silent') done(refusal(ending));
}

function pour(socket: Socket, line: string): void {
  const chunk = line.repeat(Math.ceil(65_536 / line.length));
  const more = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}

function mailOf(session: SMTPServerSession, source: Buffer): ReceivedMail {
  const { envelope, secure, user, id } = session;
  return {
    from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
    to: envelope.rcptTo.map(({ address }) => address),
    source,
    secure,
    user: typeof user === 'string' ? user : null,
    session: id,
    dsn: dsnOf(session),
  };
}

function dsnOf({ envelope }: SMTPServerSession): ReceivedMail['dsn'] {
  const { envid, ret } = envelope.dsn ?? {};
  const notify = [envelope.rcptTo[0]?.dsn?.notify ?? []].flat();
  return envid ? { envelopeId: envid, returns: ret ?? '', notify } : null;
}

function socketOf(server: SMTPServer, session: SMTPServerSession): Socket {
  for (const connection of server.connections) if (connection.session.id === session.id) return connection._socket;
  throw new Error('the connection is gone');
}

function refusal(said: Refusal | undefined): Error | null {
  return said === undefined ? null : Object.assign(new Error(said[1]), { responseCode: said[0] });
}
