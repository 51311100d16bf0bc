import { type Outcome, unreadableAnswer } from '@posthorn/core';
import { isRecord } from '../../../exchange/answer.ts';

/** Codes of faults that come before the request leaves: no name, no connection, no trust. */
const unsentCodes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at the endpoint',
  ENOTFOUND: "the endpoint's name is not known",
  EAI_AGAIN: "the endpoint's name could not be looked up for now",
  CERT_HAS_EXPIRED: "the endpoint's certificate has expired",
  CERT_NOT_YET_VALID: "the endpoint's certificate is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the endpoint's certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "the endpoint's certificate is self-signed",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the endpoint's certificate comes from an unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the endpoint's certificate comes from an unknown authority",
  ERR_TLS_CERT_ALTNAME_INVALID: "the endpoint's certificate is for another name",
};

/** Node's words when a connection ends within the TLS handshake (`_tls_wrap`); its code is an ordinary ECONNRESET. */
const brokenHandshake = 'Client network socket disconnected before secure TLS';

/**
 * The outcome when no answer could be read. Only a fault that surely came before the request left is `deferred`: the
 * "ConnectTimeout" of Aliyun's SDK is an idle timer and proves nothing. The error's message stays unused, since it may have
 * the URL in it, and that the number and the code.
 */
export function outcomeOfFault(thrown: unknown): Outcome {
  const fault = isRecord(thrown) && Array.isArray(thrown['errors']) ? (thrown['errors'][0] as unknown) : thrown;
  const { code, syscall, name, message } = isRecord(fault) ? fault : {};
  if (typeof code === 'string' && Object.hasOwn(unsentCodes, code)) return unsent(code, unsentCodes[code] ?? '');
  if (syscall === 'connect') return unsent('no_connection', 'no connection to the endpoint');
  if (typeof message === 'string' && message.startsWith(brokenHandshake))
    return unsent('no_connection', 'the connection broke before it was secure');
  if (name === 'RequestTimeoutError') return noAnswer;
  if (fault instanceof SyntaxError)
    return uncertain('unreadable_answer', "the answer is not the vendor's: it is not JSON");
  if (code === 'ECONNRESET' || code === 'EPIPE' || message === 'aborted')
    return uncertain('connection_lost', 'the connection broke before the answer was there');
  return unreadableAnswer;
}

/** The vendor did not answer in time: it may have the message. */
export const noAnswer: Outcome = uncertain('timeout', 'no answer in time');

/** Nothing left this machine, and nothing will for now. */
function unsent(code: string, detail: string): Outcome {
  return { kind: 'deferred', scope: 'account', retryAfterMs: null, code: code.toLowerCase(), detail };
}

function uncertain(code: string, detail: string): Outcome {
  return { kind: 'uncertain', code, detail };
}
