import { describe, expect, it } from 'vitest';
import { outcomeOfFault } from './sdk-fault.ts';

describe('a fault without an answer', () => {
  const url = 'POST http://h/?PhoneNumbers=13800138000&TemplateParam=%7B%22code%22%3A%221234%22%7D failed.';
  const fault = (fields: object, message = url) => Object.assign(new Error(message), fields);
  it.each([
    ['refused', fault({ code: 'ECONNREFUSED', syscall: 'connect' }), 'deferred', 'econnrefused'],
    ['no such name', fault({ code: 'ENOTFOUND', syscall: 'getaddrinfo' }), 'deferred', 'enotfound'],
    ['no name service', fault({ code: 'EAI_AGAIN', syscall: 'getaddrinfo' }), 'deferred', 'eai_again'],
    ['unreachable', fault({ code: 'EHOSTUNREACH', syscall: 'connect' }), 'deferred', 'no_connection'],
    ['connect timed out', fault({ code: 'ETIMEDOUT', syscall: 'connect' }), 'deferred', 'no_connection'],
    [
      'all addresses refused',
      Object.assign(new AggregateError([fault({ code: 'ECONNREFUSED', syscall: 'connect' })], url), {
        code: 'ECONNREFUSED',
      }),
      'deferred',
      'econnrefused',
    ],
    ['certificate', fault({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'deferred', 'err_tls_cert_altname_invalid'],
    [
      'handshake',
      fault(
        { code: 'ECONNRESET' },
        `Client network socket disconnected before secure TLS connection was established${url}`,
      ),
      'deferred',
      'no_connection',
    ],
    ['unreachable later', fault({ code: 'EHOSTUNREACH', syscall: 'read' }), 'uncertain', 'unreadable_answer'],
    ['reset', fault({ code: 'ECONNRESET' }), 'uncertain', 'connection_lost'],
    ['broken pipe', fault({ code: 'EPIPE', syscall: 'write' }), 'uncertain', 'connection_lost'],
    ['stalled', fault({}, 'aborted'), 'uncertain', 'connection_lost'],
    ['"ConnectTimeout"', fault({ name: 'RequestTimeoutError' }), 'uncertain', 'timeout'],
    ['HTML', new SyntaxError(`Unexpected token < ${url}`), 'uncertain', 'unreadable_answer'],
    ['a fault of the SDK', new TypeError(url), 'uncertain', 'unreadable_answer'],
    ['no error at all', 'text', 'uncertain', 'unreadable_answer'],
    ['nothing', undefined, 'uncertain', 'unreadable_answer'],
  ])('%s', (_name, thrown, kind, code) => {
    const outcome = outcomeOfFault(thrown);
    expect(outcome).toMatchObject({ kind, code });
    expect(JSON.stringify(outcome)).not.toMatch(/1380013|1234|http/);
    if (kind === 'deferred') expect(outcome).toMatchObject({ scope: 'account' });
  });
});
