import { type CallbackNews, type CodeOutcome, type CodeRow, type CodeTable, deliveryId, idMint } from '@posthorn/core';
import { bounceStatuses } from './bounce-status.ts';
import { sendGridDrops, sendGridNews } from './sendgrid.ts';
import { sesBounces, sesNews } from './ses/ses.ts';

const domain = 'example.com';
const email = `li@${domain}`;
const delivery = deliveryId(idMint().notification(0), 1);

/** A pattern of a table as people write codes: `/^[45]\.2\.[12]$/` is `(4 or 5).2.(1 or 2)`. */
function spelled({ source }: RegExp, rest: string): string {
  const said = source
    .replaceAll('?:', '')
    .replaceAll(/\[(\d)(\d)\]/g, '($1 or $2)')
    .replaceAll(/\((\w+) \)\?/g, '[$1] ')
    .replaceAll('\\d+', 'x')
    .replaceAll('\\.', '.')
    .replaceAll(/[$^]/g, '')
    .replaceAll('|', ' or ');
  if (said === '') return rest;
  return source.startsWith('^') ? said : `…${said}`;
}

function undelivered(suppress: 'hard' | 'soft' | null): CodeOutcome {
  return { kind: 'undelivered', ...(suppress && { suppress }) };
}

/** What an event comes to that no table but its own name decides. */
function row(code: string, means: string, [news]: readonly CallbackNews[]): CodeRow {
  switch (news?.kind) {
    case 'receipt':
      return { code, means, outcome: { kind: news.receipt.status, ...(news.suppress && { suppress: news.suppress }) } };
    case 'objection':
      return { code, means, outcome: { kind: 'objection', because: news.because } };
    default:
      return { code, means, outcome: { kind: 'nothing' } };
  }
}

function sesRow(eventType: string, means: string): CodeRow {
  const timestamp = '';
  const complaint = { complainedRecipients: [{ emailAddress: email }], timestamp };
  const told = { eventType, mail: { messageId: 'm' }, complaint, delivery: { timestamp }, reject: {} };
  return row(eventType, means, sesNews(told, domain, 0));
}

function sendGridRow(event: string, means: string): CodeRow {
  return row(event, means, sendGridNews({ email, event, timestamp: 1, posthorn: delivery }, 0));
}

const bounces: CodeTable = {
  title: 'Bounces by their enhanced status code (`events.use: dsn` or `sendgrid`); the first row that fits decides',
  rows: bounceStatuses.map(({ status, means, suppress }) => ({
    code: spelled(status, 'any other'),
    means,
    outcome: undelivered(suppress),
  })),
};

const ses: CodeTable = {
  title: 'Events of Amazon SES (`events.use: ses`); the first row that fits decides',
  rows: [
    sesRow('Delivery', 'the mail server of the address has it'),
    ...sesBounces.map(({ type, subType, means, suppress }) => ({
      code: `Bounce, ${spelled(type, 'any other')}${type.source === '^' ? '' : ` · ${spelled(subType, 'any other')}`}`,
      means,
      outcome: undelivered(suppress),
    })),
    sesRow('Reject', 'SES refuses the message'),
    sesRow('Complaint', 'the mailbox provider passed a complaint on'),
    sesRow('any other', 'opened, clicked, delayed and the like'),
  ],
};

const sendgrid: CodeTable = {
  title: 'Events of SendGrid (`events.use: sendgrid`); the first row that fits decides',
  rows: [
    sendGridRow('delivered', 'the mail server of the address has it'),
    {
      ...sendGridRow('bounce', 'it bounced, and no status code is in it'),
      note: 'With one the table of bounces decides; of a `blocked` message it never calls the address dead.',
    },
    ...sendGridDrops.map(({ reason, means, suppress, objection }) => ({
      code: `dropped, ${spelled(reason, 'any other')}`,
      means,
      outcome: { ...undelivered(suppress), ...(objection && { objects: objection }) } as CodeOutcome,
    })),
    sendGridRow('spamreport', 'its owner called the message spam'),
    sendGridRow('unsubscribe', 'its owner unsubscribed at SendGrid'),
    sendGridRow('group_unsubscribe', 'its owner unsubscribed from a group at SendGrid'),
    sendGridRow('any other', 'processed, deferred, opened and the like'),
  ],
};

/** What the page of SMTP tells about the later word on an accepted mail. */
export const eventTables: readonly CodeTable[] = [bounces, ses, sendgrid];
