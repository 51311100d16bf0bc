import { type Agent, request } from 'node:http';

/** One request to a gateway. */
export interface TimedRequest {
  readonly agent: Agent;
  readonly port: number;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** How long it took from the first byte sent to the last one received. */
export interface Timed {
  readonly status: number;
  readonly text: string;
  readonly microseconds: number;
}

export function timed({ body, ...asked }: TimedRequest): Promise<Timed> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(asked, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, text, microseconds: (performance.now() - start) * 1_000 });
      });
    });
    sent.on('error', reject).end(body);
  });
}
