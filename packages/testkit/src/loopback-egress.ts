import type { Egress, EgressAnswer, EgressRule } from '@posthorn/core';

const maxAnswerBytes = 64 * 1_024;
const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** The gateway's way out as far as a test may go: to doubles on this machine, and nowhere else. */
export const loopbackEgress: Egress = async (request) => {
  const { method, url, headers, body, signal } = request;
  const reason = forbidsBeyondLoopback(request);
  if (reason !== null) return { kind: 'forbidden', detail: reason };
  if (signal.aborted) return { kind: 'unreachable', code: 'timeout', detail: 'no connection in time' };
  try {
    const response = await fetch(url, { method, headers, body: body as string | null, signal, redirect: 'manual' });
    return {
      kind: 'answered',
      status: response.status,
      headers: Object.fromEntries(response.headers),
      ...(await bodyOf(response)),
    };
  } catch (error) {
    return answerOfFault(error, signal);
  }
};

export const forbidsBeyondLoopback: EgressRule = ({ url }) =>
  loopback.test(url.hostname) ? null : 'a test reaches this machine only';

async function bodyOf(response: Response): Promise<{ readonly body: Uint8Array; readonly truncated: boolean }> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    length += part.length;
    if (length > maxAnswerBytes) break;
  }
  return { body: Buffer.concat(parts).subarray(0, maxAnswerBytes), truncated: length > maxAnswerBytes };
}

function answerOfFault(error: unknown, { aborted }: AbortSignal): EgressAnswer {
  if (aborted) return { kind: 'interrupted', code: 'timeout', detail: 'no answer in time' };
  const cause: unknown = error instanceof Error ? error.cause : null;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED'
    ? { kind: 'unreachable', code: 'econnrefused', detail: 'nothing listens there' }
    : { kind: 'interrupted', code: 'connection_lost', detail: 'the connection broke before the answer was there' };
}
