import {
  type Account,
  type CallbackAnswer,
  type CallbackNews,
  type ChannelSetup,
  type Clock,
  type Heard,
  type Lane,
  type Logger,
  type Outbox,
  type Reader,
  readCallback,
} from '@posthorn/core';
import type { Context } from 'hono';
import type { ClientAddressOf } from '../http/client-address.ts';
import { HttpProblem } from '../http/problems.ts';
import { type Answer, type ApiRoute, open } from '../http/route.ts';
import type { CallbackAddresses } from './callback-addresses.ts';
import { heardNews } from './callback-news.ts';
import { readCallbackRequest } from './callback-request.ts';

export interface CallbackTools {
  readonly channels: ReadonlyMap<string, ChannelSetup>;
  readonly addresses: CallbackAddresses;
  readonly publicUrl: URL | null;
  readonly clientAddressOf: ClientAddressOf;
  readonly outbox: Pick<Outbox, 'hear'>;
  readonly reader: Pick<Reader, 'addressOf'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Vendors wait five to ten seconds, and push again. */
const readingTimeoutMs = 5_000;
/** Readings of one account at a time: a provider that hangs holds no more than that. */
const mostAtOnce = 32;
/** News of one commit. */
const newsPerCommit = 500;
const bodiless = new Set([204, 205, 304]);

interface Callee {
  readonly lane: Lane;
  readonly setup: ChannelSetup;
  readonly account: Account;
}

/** `/callbacks/{account}/{token}`: where vendors report. Whoever knows the token may ask the provider to read; it alone says whether the vendor spoke. */
export function callbackRoutes(tools: CallbackTools): readonly ApiRoute[] {
  const { clock, log, publicUrl } = tools;
  const neverStopped = new AbortController().signal;
  const reading = new Map<Account, number>();

  const aloneEnough = async <Result>(account: Account, work: () => Promise<Result>): Promise<Result> => {
    const before = reading.get(account) ?? 0;
    if (before >= mostAtOnce) throw comeBack('overloaded', 'too many callbacks of this account are being read');
    reading.set(account, before + 1);
    try {
      return await work();
    } finally {
      reading.set(account, (reading.get(account) ?? 1) - 1);
    }
  };

  const handle = async (context: Context, method: 'GET' | 'POST'): Promise<Answer> => {
    const callee = findCallee(tools, context);
    return aloneEnough(callee.account, async () => {
      const { lane, account } = callee;
      const request = await readCallbackRequest(context, method, publicUrl, clock.now());
      const read = await readCallback(account.provider, request, {
        timeoutMs: readingTimeoutMs,
        stop: neverStopped,
        clock,
      });
      if (read.kind !== 'read') {
        const client = tools.clientAddressOf(context);
        log.warn('a callback was not taken', { ...lane, client, why: read.kind, detail: read.detail });
      }
      switch (read.kind) {
        case 'read':
          await hearAll(tools, callee, read.news);
          return answerOf(read.answer);
        case 'forged':
          throw new HttpProblem('callback_forged', 'the signature is missing or wrong');
        case 'unreadable':
          throw new HttpProblem('callback_unreadable', 'this is not what the vendor of this account sends');
        default:
          throw comeBack('callback_unread', 'the provider of this account could not read it');
      }
    });
  };

  return [
    open('POST', '/callbacks/:account/:token', (context) => handle(context, 'POST')),
    open('GET', '/callbacks/:account/:token', (context) => handle(context, 'GET')),
  ];
}

/** An unknown account, a wrong token and an account that reads no callbacks are answered like any path that is not there. */
function findCallee({ addresses, channels }: CallbackTools, context: Context): Callee {
  const lane = addresses.find(context.req.param('account') ?? '', context.req.param('token') ?? '');
  const setup = lane === null ? undefined : channels.get(lane.channel);
  const account = lane === null ? undefined : setup?.accounts.get(lane.account);
  if (lane === null || setup === undefined || account?.provider.readCallback === undefined)
    throw new HttpProblem('not_found', 'there is no such path');
  return { lane, setup, account };
}

/** Everything is on the disk before the vendor gets its answer; a fault of the store makes it push again. */
async function hearAll(tools: CallbackTools, { lane, setup, account }: Callee, news: readonly CallbackNews[]) {
  const { outbox, reader, clock, log } = tools;
  const heard = news.map((one) => heardNews(one, setup, lane, reader)).filter((one) => one !== null);
  const traced = account.receiptsBy === 'vendorId';
  const counts: Partial<Record<Heard, number>> = {};
  for (let from = 0; from < heard.length; from += newsPerCommit) {
    const some = heard.slice(from, from + newsPerCommit);
    for (const result of await outbox.hear({ lane, traced, news: some, now: clock.now() }))
      counts[result] = (counts[result] ?? 0) + 1;
  }
  if (counts.unknown !== undefined)
    log.info('a callback spoke of deliveries that are not its own', { ...lane, ...counts });
}

function answerOf({ status, contentType, body }: CallbackAnswer): Answer {
  const headers: Record<string, string> = contentType === null ? {} : { 'content-type': contentType };
  return { status, body: bodiless.has(status) || body === '' ? null : body, headers };
}

/** The vendor is to push again. */
function comeBack(code: 'overloaded' | 'callback_unread', detail: string): HttpProblem {
  return new HttpProblem(code, detail, { headers: { 'retry-after': '5' } });
}
