import type { CodeRow, ProviderReference } from '@posthorn/core';
import { eventTables } from '../events/event-tables.ts';
import { outcomeOf, replyRows } from './smtp-reply.ts';

/** A pattern of the table as people write replies: `/^4\d\d 4\.3\./` is `4xx 4.3.x`. */
function spelled(pattern: RegExp): string {
  const said = pattern.source
    .replaceAll('?:', '')
    .replaceAll('\\d\\d', 'xx')
    .replaceAll('\\d+', 'x')
    .replaceAll('\\.', '.')
    .replaceAll('^', '')
    .replaceAll(/ ?\|/g, ' or ')
    .trim();
  return (
    said
      .replace(/\.$/, '.x')
      .replace(/ -$/, ' without an enhanced code')
      .replace(/^[45]$/, '$&xx') || 'any other'
  );
}

const table: readonly CodeRow[] = replyRows.map(({ to, reply, says, is, because }) => ({
  code: `${spelled(reply)}${to === undefined ? '' : ` to ${spelled(to).replace(/^unknown$/, 'no command')}`}`,
  means: because,
  outcome: is,
  ...(says === undefined ? {} : { note: 'Only where the words of the server say so too.' }),
}));

/** What the library throws when the line or the message is at fault, before and after the server was handed any of it. */
const breaks: readonly (readonly [code: string, error: object, begun: boolean])[] = [
  ['the name of the server is not found', { code: 'EDNS' }, false],
  ['no connection', { code: 'ECONNECTION', originalCode: 'ECONNREFUSED' }, false],
  ['TLS fails', { code: 'ETLS', originalCode: 'CERT_HAS_EXPIRED' }, false],
  ['no way to log in', { code: 'EAUTH' }, false],
  ['what answers is no mail server', { code: 'EPROTOCOL' }, false],
  ['silence before the message', { code: 'ETIMEDOUT', timeoutType: 'SOCKET_TIMEOUT' }, false],
  ['time over before the message', { code: 'EABORT' }, false],
  ['the address does not go into SMTP', { code: 'EENVELOPE' }, false],
  ['the message is larger than the server announces', { code: 'EMESSAGE' }, false],
  ['the connection breaks after the message began', { code: 'ECONNECTION' }, true],
  ['no reply to the message', { code: 'ETIMEDOUT' }, true],
  ['a reply to the message that is none', { code: 'EPROTOCOL' }, true],
];

function row([code, error, begun]: (typeof breaks)[number]): CodeRow {
  const outcome = outcomeOf(error, { begun, address: 'li@example.com', said: [] });
  const told = 'code' in outcome ? outcome : { code: '', detail: '' };
  return { code, means: told.detail, outcome, note: `Its code is \`${told.code}\`.` };
}

export const reference: ProviderReference = {
  title: 'SMTP',
  about:
    'Any mail server that takes mail by SMTP: an own Postfix, or the submission service of a mail vendor. TLS is required ' +
    'as soon as there are credentials. The code of an attempt is `smtp_` with the numbers of the reply: `smtp_550_5.1.1`.',
  answers: [
    { title: 'Replies; the first row that fits decides', rows: table },
    { title: 'Faults without a reply', rows: breaks.map(row) },
  ],
  receipts: eventTables,
};
