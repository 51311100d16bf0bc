import {
  askVendor,
  type Provider,
  type ProviderKind,
  type ProviderReference,
  type ProviderTools,
  type QuotaWindow,
  type Result,
  unreadableAnswer,
  type VendorAnswer,
} from '@posthorn/core';
import { z } from 'zod';
import type { Content } from '../content.ts';
import { outcomeOf, type Reading, rowsByStatus, type Verdict } from './verdict.ts';

/** What an account of a robot has. Only vendors that sign take a `secret`. */
export interface RobotSettings {
  /** The robot's own URL as the vendor shows it. Whoever has it can write into the chat. */
  readonly url: string;
  readonly secret?: string | undefined;
}

/** A message as it goes out. */
interface RobotRequest {
  readonly url: URL;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Why a message cannot be said by this vendor at all. */
interface Unsayable {
  readonly code: 'content_too_long' | 'mentions_unsupported';
  readonly detail: string;
}

/** What one vendor's robots do differently from all others. */
export interface Robot {
  readonly name: string;
  readonly settings: z.ZodType<RobotSettings>;
  /** The vendor's own address, without a path. */
  readonly endpoint: string;
  /** What the vendor allows one robot. */
  readonly windows: readonly QuotaWindow[];
  /** What its codes mean, but for the one of success. */
  readonly verdicts: Readonly<Record<string, Verdict>>;
  /** Of its page in the documentation; the rest of that is made here. */
  readonly page: Pick<ProviderReference, 'title' | 'about'>;
  body(content: Content): Result<Readonly<Record<string, unknown>>, Unsayable>;
  /** Signs a request at `now`, in milliseconds; left out by vendors that know no signature. */
  sign?(request: RobotRequest, secret: string, now: number): RobotRequest;
  /** What an answer means; null when it is not the vendor's. HTTP 200 alone means nothing. */
  read(answer: VendorAnswer): Reading | null;
}

/** A robot of a group chat: one URL, one POST a message, no id of the message, and no way to ask what became of it. */
export function robotKind(robot: Robot): ProviderKind<Content, RobotSettings> {
  const { name, settings, endpoint, windows } = robot;
  return {
    name,
    settings,
    secrets: ['url', 'secret'],
    endpoint,
    // The same line twice in a chat does less harm than an alarm that nobody sees.
    onUncertain: 'retry',
    quotas: [{ per: 'account', windows }],
    reference: () => ({ ...robot.page, answers: tablesOf(robot) }),
    open: (own, tools) => Promise.resolve(openRobot(robot, own, tools)),
  };
}

const jsonHeaders = { 'content-type': 'application/json; charset=utf-8' } as const;

function tablesOf({ verdicts }: Robot): ProviderReference['answers'] {
  const listed = Object.entries(verdicts).map(([code, verdict]) => ({
    code,
    means: verdict.detail,
    outcome: outcomeOf(code, verdict),
  }));
  const unread = {
    code: "an answer that is not the vendor's",
    means: unreadableAnswer.detail,
    outcome: unreadableAnswer,
  };
  return [
    { title: 'Codes', rows: listed },
    { title: 'Codes that no row above names', rows: [...rowsByStatus(), unread] },
  ];
}

function openRobot(robot: Robot, { url, secret }: RobotSettings, tools: ProviderTools): Provider<Content> {
  const { clock, log, egress, endpoint } = tools;
  const target = targetOf(new URL(url), endpoint);
  return {
    async send(delivery, signal) {
      const body = robot.body(delivery.content);
      if (!body.ok) return { kind: 'refused', because: 'content', ...body.failure };
      const plain: RobotRequest = { url: target, body: body.value };
      const request = secret === undefined ? plain : (robot.sign?.(plain, secret, clock.now()) ?? plain);
      const asked = { url: request.url, headers: jsonHeaders, body: JSON.stringify(request.body) };
      const answer = await askVendor(egress, asked, signal);
      if (!answer.ok) return answer.failure;
      const read = robot.read(answer.value);
      if (read === null) return unreadableAnswer;
      if (!read.listed && 'code' in read.outcome)
        log.warn('a robot answered with a code that is on no list', { robot: robot.name, code: read.outcome.code });
      return read.outcome;
    },
  };
}

/** The robot's path and query at the account's `endpoint`, if it has one. */
function targetOf(url: URL, endpoint: URL | null): URL {
  if (endpoint === null) return url;
  return new URL(`${endpoint.pathname.replace(/\/$/, '')}${url.pathname}${url.search}`, endpoint.origin);
}

/** Which URLs are a robot's. */
export interface RobotPlace {
  readonly hosts: readonly string[];
  /** What its path begins with. */
  readonly path: string;
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** The setting `url`: https to a host of the vendor, or anything on this machine, for a double. Problems do not repeat it. */
export function robotUrl({ hosts, path }: RobotPlace): z.ZodType<string> {
  const mayBe = (text: string) => {
    if (!URL.canParse(text)) return false;
    const { protocol, host, hostname, pathname } = new URL(text);
    if (loopback.test(hostname)) return protocol === 'https:' || protocol === 'http:';
    return protocol === 'https:' && hosts.includes(host) && pathname.startsWith(path);
  };
  return z
    .string()
    .trim()
    .refine(mayBe, `must be the robot's URL: https://${hosts[0]}${path}…; for another host give "endpoint" beside it`)
    .describe("the robot's URL as the vendor shows it, with its key; best a reference");
}
