import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { type SeenRequest, type VendorDouble, vendorDouble } from '@posthorn/testkit';

/** Vendors that say everything again that they are told, in whatever field their API has for a reason: the worst there are. */
export interface Parrots {
  readonly web: VendorDouble;
  readonly mailPort: number;
  /** The status of every answer from now on. */
  answer(status: number): void;
  /** All that the mail server was told. */
  mail(): string;
  close(): Promise<void>;
}

/** Those that close an account come last: what is sent after them waits. */
export const statuses = [200, 400, 404, 413, 500, 429, 403];

export async function openParrots(): Promise<Parrots> {
  let status = 200;
  const web = await vendorDouble({
    reply: (request) => ({
      status,
      headers: { 'retry-after': '1', 'x-said': String(request.headers.authorization ?? '').slice(0, 500) },
      body: repeated(request),
    }),
  });
  let heard = '';
  const mail = createServer((socket) => {
    quote(socket, (line) => {
      heard += line;
    });
  });
  await new Promise<void>((resolve) => mail.listen(0, '127.0.0.1', resolve));
  return {
    web,
    mailPort: (mail.address() as AddressInfo).port,
    answer(next) {
      status = next;
    },
    mail: () => heard,
    close: async () => {
      await web.close();
      await closed(mail);
    },
  };
}

/** One answer with the fields of all vendors at once. */
function repeated({ url, headers, body }: SeenRequest): string {
  const said = `you said ${decodeURIComponent(url.replaceAll('%', '%25'))} ${JSON.stringify(headers)} ${body.toString()}`;
  return JSON.stringify({
    ...{ Code: `isv.${said.slice(0, 200)}`, Message: said, RequestId: said, BizId: said },
    ...{ Response: { Error: { Code: said.slice(0, 200), Message: said }, RequestId: said } },
    ...{ code: said, description: said, result: [{ originTo: said, status: said }], message: said, more_info: said },
    ...{ errcode: 40_000, errmsg: said, StatusCode: 1, StatusMessage: said, msg: said },
    ...{ error: { code: 400, status: said, message: said, details: [{ errorCode: said }] }, reason: said },
  });
}

function quote(socket: Socket, hear: (line: string) => void): void {
  let isData = false;
  socket.setEncoding('utf8').on('error', () => {});
  socket.write('220 parrot ESMTP\r\n');
  socket.on('data', (text: string) => {
    hear(text);
    const line = text.split('\r\n')[0] ?? '';
    if (isData) {
      if (!text.includes('\r\n.\r\n')) return;
      isData = false;
      socket.write(`554 5.7.1 refused: ${text.replaceAll(/\s+/g, ' ').slice(0, 400)}\r\n`);
    } else if (/^EHLO/.test(line)) socket.write('250-parrot\r\n250 AUTH PLAIN LOGIN\r\n');
    else if (/^AUTH/.test(line)) socket.write(`235 2.7.0 welcome ${line}\r\n`);
    else if (/^DATA/.test(line)) {
      isData = true;
      socket.write('354 go on\r\n');
    } else socket.write(`250 2.1.0 you said ${line}\r\n`);
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
