import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import type { FuzzedRequest } from './requests.ts';

export interface FuzzedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Connections that are kept: thousands of requests must not cost as many handshakes. */
export interface Line {
  send(fuzzed: FuzzedRequest): Promise<FuzzedAnswer>;
  close(): void;
}

const patienceMs = 20_000;

/** By `node:http`, which changes nothing of a path or a header. */
export function openLine(url: string, connections: number): Line {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    close: () => agent.destroy(),
    send: ({ method, path, headers, body }) =>
      new Promise((resolve, reject) => {
        const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
        const asked = request({
          agent,
          hostname,
          port,
          method,
          path,
          headers: { ...headers, ...length },
          timeout: patienceMs,
        });
        asked.on('response', (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (part: string) => {
            text += part;
          });
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
          answer.on('error', reject);
        });
        asked.on('timeout', () => asked.destroy(new Error(`no answer within ${patienceMs} ms`)));
        asked.on('error', reject);
        asked.end(body ?? undefined);
      }),
  };
}
