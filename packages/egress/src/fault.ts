import type { EgressAnswer } from '@posthorn/core';
import { ForbiddenAddress } from './guarded-lookup.ts';

/** Faults that come before anything of a request leaves, in words: no name, no connection, no trust. */
const unsentReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the name is not known',
  ENODATA: 'the name has no address',
  EAI_AGAIN: 'the name could not be looked up for now',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is self-signed',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate comes from an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate comes from an unknown authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name',
};

/** What an exchange without an answer comes to. The error's message stays unused: it has the address in it. */
export function answerOfFault(fault: unknown, mayHaveLeft: boolean): EgressAnswer {
  if (mayHaveLeft) return { kind: 'interrupted', ...lossOf(codeOf(fault)) };
  if (fault instanceof ForbiddenAddress) return { kind: 'forbidden', detail: fault.message };
  const code = codeOf(fault);
  if (Object.hasOwn(unsentReasons, code))
    return { kind: 'unreachable', code: code.toLowerCase(), detail: unsentReasons[code] ?? '' };
  return { kind: 'unreachable', code: 'no_connection', detail: 'no connection could be made' };
}

/** The signal aborted. */
export function lateAnswer(mayHaveLeft: boolean): EgressAnswer {
  return mayHaveLeft
    ? { kind: 'interrupted', code: 'timeout', detail: 'no answer in time' }
    : { kind: 'unreachable', code: 'timeout', detail: 'no connection in time' };
}

/** Whatever Node's parser chokes on was no HTTP. */
function lossOf(code: string) {
  return code.startsWith('HPE_')
    ? { code: 'unreadable_answer', detail: 'the answer could not be read' }
    : { code: 'connection_lost', detail: 'the connection broke before the answer was there' };
}

/** Of a host with several addresses the first fault speaks for all. */
function codeOf(fault: unknown): string {
  const first: unknown = fault instanceof AggregateError ? fault.errors[0] : fault;
  return first instanceof Error && 'code' in first && typeof first.code === 'string' ? first.code : '';
}
