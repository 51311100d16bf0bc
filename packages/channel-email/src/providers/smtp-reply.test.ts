import type { Outcome } from '@posthorn/core';
import { describe, expect, it } from 'vitest';
import { quoteReply } from './smtp-quote.ts';
import { outcomeOf } from './smtp-reply.ts';

const address = 'zhang.san@shop.example';

function reply(command: string, response: string, begun = command === 'DATA') {
  const fault = { code: 'EENVELOPE', command, response, responseCode: Number(response.slice(0, 3)) };
  return outcomeOf(Object.assign(new Error(`Failed: ${response}`), fault), { begun, address, said: [] });
}

function broke(fault: object, begun: boolean) {
  return outcomeOf(Object.assign(new Error('broke'), fault), { begun, address, said: [] });
}

type Refusal = Extract<Outcome, { kind: 'refused' }>;

const hard = { kind: 'refused', because: 'address', suppress: 'hard' };
const soft = { kind: 'refused', because: 'address', suppress: 'soft' };
const unsuppressed = { kind: 'refused', because: 'address' };
const content = { kind: 'refused', because: 'content' };
const blocked = { kind: 'refused', because: 'blocked' };
const greylisted = { kind: 'deferred', scope: 'delivery', retryAfterMs: 300_000 };
const accountWaits = { kind: 'deferred', scope: 'account', retryAfterMs: null };
const misconfigured = { kind: 'misconfigured' };

describe('replies', () => {
  it.each<readonly [command: string, response: string, outcome: object]>([
    ['RCPT TO', '550 5.1.1 <a>: User unknown', hard],
    ['RCPT TO', '550-5.1.1 The email account that you tried to reach does not exist.\n550 5.1.1 Try again', hard],
    ['RCPT TO', '550 5.1.2 bad destination domain', hard],
    ['RCPT TO', '553 5.1.3 bad syntax', hard],
    ['RCPT TO', '550 5.1.6 moved', hard],
    ['RCPT TO', '550 5.1.10 RESOLVER.ADR.RecipientNotFound', hard],
    ['RCPT TO', '550 5.2.1 disabled', hard],
    ['DATA', '550 5.1.1 User unknown', hard],
    ['RCPT TO', '550 No such user here', hard],
    ['RCPT TO', '550 Mailbox not found', hard],
    ['RCPT TO', '550 Requested action not taken', unsuppressed],
    ['RCPT TO', '550 5.1.0 Address rejected', unsuppressed],
    ['RCPT TO', '550 5.4.1 Recipient address rejected: Access denied', unsuppressed],
    ['RCPT TO', '553 5.6.7 SMTPUTF8 required', unsuppressed],
    ['RCPT TO', '552 5.2.2 over quota', soft],
    ['RCPT TO', '552 mailbox full', soft],
    ['DATA', '552 5.2.2 over quota', soft],
    ['RCPT TO', '452 4.2.2 over quota', { kind: 'deferred', scope: 'address', retryAfterMs: 1_800_000 }],
    ['RCPT TO', '554 5.7.1 Relay access denied', blocked],
    ['RCPT TO', '550 5.7.1 blocked by a list', blocked],
    ['RCPT TO', '554 no', blocked],
    ['DATA', '550 5.7.26 unauthenticated', content],
    ['DATA', '554 5.7.1 spam', content],
    ['DATA', '552 5.3.4 too big', content],
    ['DATA', '552 too big', content],
    ['DATA', '550 5.1.8 sender domain not found', content],
    ['DATA', '554 5.6.0 bad content', content],
    ['DATA', '554 no', content],
    ['MAIL FROM', '552 5.3.4 too big', content],
    ['MAIL FROM', '550 5.7.1 sender rejected', misconfigured],
    ['MAIL FROM', '530 5.7.0 Must issue a STARTTLS command first', misconfigured],
    ['MAIL FROM', '553 5.1.8 domain not found', misconfigured],
    ['RCPT TO', '553 5.1.8 sender domain not found', misconfigured],
    ['RCPT TO', '530 Authentication required', misconfigured],
    ['AUTH PLAIN', '535 5.7.8 no', misconfigured],
    ['AUTH LOGIN', '534 5.7.9 too weak', misconfigured],
    ['AUTH PLAIN', '502 what?', misconfigured],
    ['STARTTLS', '502 what?', misconfigured],
    ['CONN', '554 5.7.1 not you', misconfigured],
    ['STARTTLS', '454 4.7.0 not now', accountWaits],
    ['AUTH PLAIN', '454 4.7.0 Temporary authentication failure', accountWaits],
    ['CONN', '421 4.3.2 busy', accountWaits],
    ['CONN', '450 busy', accountWaits],
    ['MAIL FROM', '451 4.7.1 not now', accountWaits],
    ['RCPT TO', '421 4.7.0 too fast', accountWaits],
    ['RCPT TO', '452 4.3.1 no space', accountWaits],
    ['RCPT TO', '503 5.5.1 bad sequence', accountWaits],
    ['DATA', '421 4.3.0 bye', accountWaits],
    ['DATA', '451 4.3.0 queue file write error', accountWaits],
    ['RCPT TO', '450 4.2.0 greylisted', greylisted],
    ['RCPT TO', '451 4.7.1 greylisted', greylisted],
    ['RCPT TO', '450 try again', greylisted],
    ['DATA', '451 4.7.1 try later', greylisted],
  ])('%s answered %j', (command, response, outcome) => {
    const { code: _code, detail: _detail, ...verdict } = reply(command, response) as Refusal;
    expect(verdict).toEqual(outcome);
  });

  it('has a code for programs and words for people, without the address', () => {
    expect(reply('RCPT TO', '550 5.1.1 <zhang.san@shop.example>: zhang.san is unknown')).toEqual({
      ...hard,
      code: 'smtp_550_5.1.1',
      detail: 'there is no such mailbox: 550 5.1.1 to RCPT TO (<<address>>: *** is unknown)',
    });
  });

  it('does not believe an enhanced code that contradicts the reply code', () => {
    expect(reply('RCPT TO', '450 5.1.1 later')).toMatchObject({ ...greylisted, code: 'smtp_450' });
  });

  it('knows what a reply was to whose connection closed in the middle of it', () => {
    const cut = { code: 'ECONNECTION', command: 'CONN', response: '554 5.7.1 spam', responseCode: 554 };
    expect(broke(cut, true)).toMatchObject(content);
    expect(broke(cut, false)).toMatchObject(accountWaits);
  });

  it('has a row for every code, to every command', () => {
    const commands = [
      'CONN',
      'EHLO',
      'HELO',
      'STARTTLS',
      'AUTH PLAIN',
      'AUTH XOAUTH2',
      'MAIL FROM',
      'RCPT TO',
      'DATA',
      'RSET',
    ];
    for (const command of commands)
      for (let code = 400; code < 600; code++)
        for (const status of ['', ` ${String(code)[0]}.9.9`])
          expect(reply(command, `${code}${status} words`).kind).not.toBe('accepted');
  });
});

describe('breaks', () => {
  it.each<readonly [fault: object, before: object]>([
    [
      { code: 'ESOCKET', originalCode: 'ECONNREFUSED', command: 'CONN' },
      { ...accountWaits, code: 'smtp_connect' },
    ],
    [
      { code: 'ESOCKET', originalCode: 'EHOSTUNREACH', command: 'CONN' },
      { ...accountWaits, code: 'smtp_connect' },
    ],
    [
      { code: 'EDNS', originalCode: 'ENOTFOUND', command: 'CONN' },
      { ...accountWaits, code: 'smtp_dns' },
    ],
    [
      { code: 'ETIMEDOUT', timeoutType: 'CONNECT_TIMEOUT', command: 'CONN' },
      { ...accountWaits, code: 'smtp_connect' },
    ],
    [
      { code: 'ETIMEDOUT', timeoutType: 'GREETING_TIMEOUT', command: 'CONN' },
      { ...accountWaits, code: 'smtp_connect' },
    ],
    [
      { code: 'ETIMEDOUT', timeoutType: 'UPGRADE_TIMEOUT', command: 'CONN' },
      { ...accountWaits, code: 'smtp_connect' },
    ],
    [
      { code: 'ETIMEDOUT', timeoutType: 'SOCKET_TIMEOUT', command: 'CONN' },
      { ...accountWaits, code: 'smtp_timeout' },
    ],
    [
      { code: 'ECONNECTION', command: 'CONN' },
      { ...accountWaits, code: 'smtp_connect' },
    ],
    [
      { code: 'EPROTOCOL', command: 'CONN' },
      { ...accountWaits, code: 'smtp_bad_answer' },
    ],
    [{ code: 'EABORT' }, { ...accountWaits, code: 'smtp_timeout' }],
    [{}, { ...accountWaits, code: 'smtp_connect' }],
    [
      { code: 'ETLS', command: 'STARTTLS' },
      { ...misconfigured, code: 'smtp_tls' },
    ],
    [
      { code: 'ESOCKET', originalCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      { ...misconfigured, code: 'smtp_tls' },
    ],
    [
      { code: 'ESOCKET', originalCode: 'ERR_TLS_CERT_ALTNAME_INVALID' },
      { ...misconfigured, code: 'smtp_tls' },
    ],
    [
      { code: 'ESOCKET', originalCode: 'ERR_SSL_WRONG_VERSION_NUMBER' },
      { ...misconfigured, code: 'smtp_tls' },
    ],
    [
      { code: 'ESOCKET', originalCode: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      { ...misconfigured, code: 'smtp_tls' },
    ],
    [
      { code: 'EAUTH', command: 'API' },
      { ...misconfigured, code: 'smtp_login' },
    ],
    [
      { code: 'EENVELOPE', command: 'API' },
      { kind: 'refused', because: 'address' },
    ],
    [{ code: 'EMESSAGE', command: 'MAIL FROM' }, content],
    [{ code: 'ESTREAM', command: 'API' }, content],
  ])('%j is known not to be sent before DATA, and uncertain after it', (fault, before) => {
    expect(broke(fault, false)).toMatchObject(before);
    expect(broke(fault, true)).toMatchObject({ kind: 'uncertain' });
  });

  it.each([null, undefined, 'text', 7])('survives that %j was thrown', (thrown) => {
    expect(outcomeOf(thrown, { begun: false, address, said: [] }).kind).toBe('deferred');
    expect(outcomeOf(thrown, { begun: true, address, said: [] }).kind).toBe('uncertain');
  });
});

describe('quoteReply', () => {
  it.each([
    ['550 5.1.1 <zhang.san@shop.example>... User unknown', '<<address>>... User unknown'],
    ['550 no mailbox ZHANG.SAN here', 'no mailbox *** here'],
    ['550 bounce+li=example.com@mx.example is a loop', '<address> is a loop'],
    ['554 Subject "code 471142" from +8613800138000', 'Subject "code ****" from +****'],
    ['550-5.7.1 one\n550-5.7.1 two\n550 5.7.1 three', 'one two three'],
    ['550 tab\there\u0000\u202e and \u2028 there', 'tab here and there'],
  ])('%j becomes %j', (text, quote) => {
    expect(quoteReply(text, address)).toBe(quote);
  });

  it('is short and fast, whatever it is given', () => {
    for (const text of ['x'.repeat(100_000), 'a'.repeat(599), '@'.repeat(600), '1'.repeat(600), '💥'.repeat(300)]) {
      const start = performance.now();
      expect(quoteReply(text, address, [text, 'a b '.repeat(60_000)]).length).toBeLessThanOrEqual(200);
      expect(performance.now() - start).toBeLessThan(100);
    }
  });

  it.each([
    ['550 5.7.1 Subject: Your parcel, refused', 'Subject: ***, refused'],
    ['554 spam: Dear Li the courier comes at eight', 'spam: ***'],
    ['554 found https://shop.example/t/Zx81QkLm in it', 'found *** in it'],
    ['554 <b>Welcome back</b> is a phrase of spam', '<b>***</b> is a phrase of spam'],
    ['554 the message comes too late', 'the message comes too late'],
  ])('repeats nothing of the message: %j', (text, quote) => {
    const plain = 'Dear Li the courier comes\r\n at eight. Follow https://shop.example/t/Zx81QkLm then.';
    expect(quoteReply(text, address, ['Your parcel', plain, '<p><b>Welcome back</b>, dear</p>'])).toBe(quote);
  });

  it('masks local parts that look like patterns', () => {
    const local = `a.*+?^$\{}|/b`;
    expect(quoteReply(`550 ${local} refused`, `${local}@x.example`)).toBe('*** refused');
  });
});
