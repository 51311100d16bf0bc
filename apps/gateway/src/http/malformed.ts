import { randomUUID } from 'node:crypto';
import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { RequestError } from '@hono/node-server';
import { HttpProblem, problemDocument, problemTable } from './problems.ts';

/** What every answer takes along. */
type Headers = Readonly<Record<string, string>>;

/**
 * Answers what Node could not read as a request as everything else is answered; by itself it sends a bare status. A request
 * that expects what nobody knows (RFC 9110, 10.1.1: a server may say 417) is one like any other.
 */
export function answerMalformed(server: Server, headers: Headers): void {
  server.on('checkExpectation', (incoming, outgoing) => server.emit('request', incoming, outgoing));
  const answers = new WeakMap<Duplex, ServerResponse>();
  server.prependListener('request', ({ socket }, answer) => answers.set(socket, answer));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const begun = answers.get(socket);
    const isUnderWay = begun?.headersSent === true && !begun.writableFinished;
    if (socket.writable && !isUnderWay) socket.end(answerText(problemOfFault(error.code), headers));
    else socket.destroy(error);
  });
}

/** The answer to a request line or Host header that makes no URL. */
export function answerFault(error: unknown, headers: Headers): Response {
  const problem =
    error instanceof RequestError
      ? new HttpProblem('invalid_request', 'the address or the Host header of the request cannot be read')
      : new HttpProblem('internal', 'the gateway could not answer');
  const requestId = randomUUID();
  return new Response(JSON.stringify(problemDocument(problem, requestId)), {
    status: problemTable[problem.code].status,
    headers: { ...headers, 'content-type': 'application/problem+json', 'x-request-id': requestId },
  });
}

function problemOfFault(code: string | undefined): HttpProblem {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HttpProblem('request_timeout', 'send the whole request sooner');
    case 'HPE_HEADER_OVERFLOW':
      return new HttpProblem('headers_too_large', 'send fewer or shorter headers');
    default:
      return new HttpProblem('invalid_request', 'this is no valid HTTP request');
  }
}

function answerText(problem: HttpProblem, headers: Headers): string {
  const requestId = randomUUID();
  const { status } = problemTable[problem.code];
  const body = JSON.stringify(problemDocument(problem, requestId));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/problem+json',
    `x-request-id: ${requestId}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
