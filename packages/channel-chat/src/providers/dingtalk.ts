import { createHmac } from 'node:crypto';
import { fail, ok } from '@posthorn/core';
import { z } from 'zod';
import type { Content, Mentions } from '../content.ts';
import { markFor } from '../digest.ts';
import { bytesOf, headingOf, layOut, linkOf } from '../excerpt.ts';
import { type Robot, robotKind, robotUrl } from './robot.ts';
import { accepted, account, content, jsonOf, later, readCode, type Verdict } from './verdict.ts';

/** Whoever sends too fast is muted this long; trying meanwhile only annoys. */
const muteMs = 600_000;
/** The vendor takes 20,000 bytes as a whole. */
const mostBytes = 20_000;

const verdicts: Readonly<Record<string, Verdict>> = {
  '-1': later('DingTalk is busy'),
  130101: later('more than 20 messages in a minute: DingTalk mutes the robot for ten', muteMs),
  410100: later('too many messages: DingTalk mutes the robot for a while', muteMs),
  // Whoever is at fault for it stands in the message alone.
  310000: account(
    'the security settings of the robot do not let us in: look at its secret, its list of addresses, and the clock',
  ),
  300001: account('the access token in the URL is wrong'),
  400013: account('the chat was dissolved'),
  400101: account('the access token in the URL does not exist'),
  400102: account('the robot was switched off'),
  400106: account('the robot does not exist'),
  40035: content('DingTalk could not read the message'),
  400105: content('DingTalk does not know this kind of message'),
  430101: content('there is a link in the message that DingTalk takes for unsafe'),
  430102: content('there is a text in the message that DingTalk takes for unfit'),
  430103: content('there is a picture in the message that DingTalk takes for unfit'),
  430104: content('there is something in the message that DingTalk takes for unfit'),
  460101: content('the message is too long for DingTalk'),
};
const noKeyword = content('the security settings of the robot ask for a keyword that the message does not have');

const robot: Robot = {
  name: 'dingtalk',
  settings: z.strictObject({
    url: robotUrl({ hosts: ['oapi.dingtalk.com'], path: '/robot/send' }),
    secret: z.string().min(1).describe('the secret of the security setting "sign", SEC…').exactOptional(),
  }),
  endpoint: 'https://oapi.dingtalk.com',
  verdicts,
  page: {
    title: 'DingTalk robot',
    about:
      'A custom robot of a DingTalk group: "Group settings", "Bot", "Custom". Its security setting may be "sign" (give `secret`), a list of addresses, or a keyword that every message then has to have.',
  },
  windows: [{ most: 20, ms: 60_000 }],
  body(message) {
    const { heading, callAll, called, bodyOf, text, link } = partsOf(message);
    const whole = (said: string) => ({ ...bodyOf(said), at: { ...called, isAtAll: callAll } });
    const sizeOf = (said: string) => bytesOf(JSON.stringify(whole(said)));
    const tail = [link, namesOf(message.mentions, text)];
    const said = layOut(
      { heading, text, tail, gap: message.markdown === undefined ? '\n' : '\n\n', mark: markFor(message.folded) },
      mostBytes,
      sizeOf,
    );
    if (said !== null) return ok(whole(said));
    return fail({ code: 'content_too_long', detail: `DingTalk takes messages of ${mostBytes} bytes` });
  },
  sign({ url, body }, secret, now) {
    const signed = new URL(url);
    signed.searchParams.set('timestamp', String(now));
    signed.searchParams.set('sign', signatureOf(secret, now));
    return { url: signed, body };
  },
  read(answer) {
    const { errcode, errmsg } = jsonOf(answer) ?? {};
    if (!Number.isSafeInteger(errcode)) return null;
    if (errcode === 0) return { outcome: accepted, listed: true };
    const isKeyword = errcode === 310000 && typeof errmsg === 'string' && /keyword|关键词/i.test(errmsg);
    return readCode(String(errcode), isKeyword ? { 310000: noKeyword } : verdicts, answer.status);
  },
};

export const dingtalk = robotKind(robot);

/** HMAC-SHA256 of the moment and the secret, keyed with the secret again (open.dingtalk.com, "custom robot security settings"). */
function signatureOf(secret: string, now: number): string {
  return createHmac('sha256', secret).update(`${now}\n${secret}`).digest('base64');
}

function partsOf({ title, text, markdown, url, mentions }: Content) {
  const { phones = [], users = [], all = false } = mentions ?? {};
  const heading = headingOf(title);
  const common = { callAll: all, called: { atMobiles: phones, atUserIds: users } };
  if (markdown === undefined) {
    const bodyOf = (said: string) => ({ msgtype: 'text', text: { content: said } });
    return { ...common, heading, text: text ?? '', link: url ?? '', bodyOf };
  }
  // The title shows in lists and on phones only, and is obligatory.
  const listed = heading === '' ? headingOf(/\S.*/.exec(markdown)?.[0]) : heading;
  const bodyOf = (said: string) => ({ msgtype: 'markdown', markdown: { title: listed, text: said } });
  return { ...common, heading: heading === '' ? '' : `#### ${heading}`, text: markdown, link: linkOf(url), bodyOf };
}

/** Who is mentioned must stand in the text as well, or nobody is called. */
function namesOf(mentions: Mentions | undefined, text: string): string {
  const names = [...(mentions?.phones ?? []), ...(mentions?.users ?? [])].map((name) => `@${name}`);
  return names.filter((name) => !text.includes(name)).join(' ');
}
