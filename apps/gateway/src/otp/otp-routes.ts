import {
  type ChannelSetup,
  type Clock,
  firstMessageOf,
  isCodeId,
  type NotificationView,
  type Problem,
  type Reader,
  type Result,
} from '@posthorn/core';
import type { Context } from 'hono';
import type { Caller } from '../http/auth.ts';
import { unsupportedYet } from '../http/intake.ts';
import { readJson } from '../http/json-body.ts';
import { HttpProblem, invalidRequest, unprocessable } from '../http/problems.ts';
import { type Answer, type ApiRoute, guarded, json } from '../http/route.ts';
import { sourceNetwork } from '../limits/source-network.ts';
import { typedCode } from './code-digits.ts';
import { addressNames, type IssueTools, issueCode } from './code-issue.ts';
import { type CodeMemo, nextStep } from './code-memo.ts';
import type { OtpSchema, Ruled, Spellings, VerifyRequest } from './otp-schema.ts';

export interface OtpTools extends IssueTools {
  readonly reader: Pick<Reader, 'notification'>;
  readonly otpSchema: OtpSchema;
  readonly clock: Clock;
}

const bodyLimit = 64 * 1024;

/** One-time codes: sent, sent again, verified. */
export function otpRoutes(tools: OtpTools): readonly ApiRoute[] {
  return [
    guarded('POST', '/otp/send', 'otp', async (context, caller) => {
      const shaped = tools.otpSchema.readSend(await readJson(context, bodyLimit));
      return send(shaped, caller, tools);
    }),
    guarded('POST', '/otp/verify', 'otp', async (context, caller) => {
      const { request, ...rules } = shapedOr400(tools.otpSchema.readVerify(await readJson(context, bodyLimit)));
      return verify(request, rules, caller, tools);
    }),
    guarded('POST', '/otp/:id/resend', 'otp', (context, caller) => resend(context, caller, tools)),
  ];
}

async function send(shaped: ReturnType<OtpSchema['readSend']>, caller: Caller, tools: OtpTools): Promise<Answer> {
  const { request, ...rules } = shapedOr400(shaped);
  const { length, ttlMs, locale, clientIp } = request;
  // Addresses that are none are found again, and told, where the message is made.
  const names = addressNames(caller.project.key, request, tools, []);
  const memo: CodeMemo = {
    ...names,
    length,
    ttlMs,
    locale,
    source: clientIp === null ? null : sourceNetwork(clientIp),
    step: 0,
  };
  return issueCode({ ...request, memo, id: null }, brokenOf(rules), caller, tools, tools.clock.now());
}

async function verify(
  request: VerifyRequest,
  rules: Omit<Ruled<unknown>, 'request'>,
  caller: Caller,
  tools: OtpTools,
): Promise<Answer> {
  const project = caller.project.key;
  const problems = brokenOf(rules);
  const handle =
    request.by === 'id' ? idHandle(request.id, project, tools) : addressHandle(request, project, tools, problems);
  if (problems.length > 0) throw unprocessable(problems);
  if (handle === null) return json({ status: 'not_found', attemptsLeft: 0 });
  const digest = tools.names.digest(handle, typedCode(request.code));
  const hidden = request.by === 'address';
  const { status, attemptsLeft } = await tools.codes.verify({
    project,
    handle,
    digest,
    hidden,
    now: tools.clock.now(),
  });
  return json({ status, attemptsLeft });
}

async function resend(context: Context, caller: Caller, tools: OtpTools): Promise<Answer> {
  const id = context.req.param('id') ?? '';
  const project = caller.project.key;
  const now = tools.clock.now();
  const found = isCodeId(id) ? await tools.codes.find({ handle: tools.names.ofId(project, id), now }) : null;
  if (found === null || !isCodeId(id)) throw noSuchCode();
  if (found.state !== 'open')
    throw new HttpProblem(
      'conflict',
      `the code ${found.state === 'void' ? 'has given way to a newer one' : 'was approved'}`,
    );
  const first = tools.reader.notification(project, firstMessageOf(id));
  const current = tools.reader.notification(project, found.notification);
  if (first === null || current === null) throw noSuchCode();
  const before: CodeMemo = JSON.parse(found.memo);
  const step = nextStep(first, current, before);
  const addresses = addressesOf(first, tools.submit.channels);
  const channels = first.plan.steps.slice(step);
  return issueCode({ addresses, region: null, channels, memo: { ...before, step }, id }, [], caller, tools, now);
}

function shapedOr400<Shape>(shaped: Result<Shape, readonly Problem[]>): Shape {
  if (!shaped.ok) throw invalidRequest(shaped.failure);
  return shaped.value;
}

function brokenOf({ broken, unsupported }: Omit<Ruled<unknown>, 'request'>): Problem[] {
  return [...unsupported.map(unsupportedYet), ...broken];
}

function idHandle(id: string, project: number, { names }: OtpTools): string | null {
  return isCodeId(id) ? names.ofId(project, id) : null;
}

/** Whoever names several addresses means one code: that of the first. */
function addressHandle(
  request: Extract<VerifyRequest, { by: 'address' }>,
  project: number,
  tools: OtpTools,
  problems: Problem[],
): string | null {
  return addressNames(project, request, tools, problems).handles[0] ?? null;
}

/** The addresses of a message as a request says them. */
function addressesOf({ deliveries }: NotificationView, channels: ReadonlyMap<string, ChannelSetup>): Spellings {
  const addresses: Record<string, string | readonly string[]> = {};
  for (const [name, { channel }] of channels) {
    const known = deliveries.filter((one) => one.channel === name).flatMap(({ address }) => address ?? []);
    const own = [...new Set(known)];
    if (own[0] !== undefined) addresses[channel.addressKey] = channel.maxAddresses === 1 ? own[0] : own;
  }
  return addresses;
}

function noSuchCode(): HttpProblem {
  return new HttpProblem('not_found', 'there is no such code in this project');
}
