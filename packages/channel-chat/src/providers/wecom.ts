import { fail, ok } from '@posthorn/core';
import { z } from 'zod';
import { markFor } from '../digest.ts';
import { bytesOf, headingOf, layOut, linkOf } from '../excerpt.ts';
import { type Robot, robotKind, robotUrl } from './robot.ts';
import { accepted, account, content, jsonOf, later, readCode, type Verdict } from './verdict.ts';

/** Bytes in UTF-8 that a robot's message may have. */
const mostTextBytes = 2_048;
const mostMarkdownBytes = 4_096;

const verdicts: Readonly<Record<string, Verdict>> = {
  '-1': later('WeCom is busy'),
  45009: later('more than 20 messages in a minute', 60_000),
  93000: account('the URL is wrong, or the robot was removed from the chat'),
  40008: content('WeCom does not know this kind of message'),
  40058: content('a part of the message is too long or not as WeCom wants it'),
  44004: content('the message is empty for WeCom'),
};

const robot: Robot = {
  name: 'wecom',
  settings: z.strictObject({ url: robotUrl({ hosts: ['qyapi.weixin.qq.com'], path: '/cgi-bin/webhook/send' }) }),
  endpoint: 'https://qyapi.weixin.qq.com',
  verdicts,
  page: {
    title: 'WeCom group robot',
    about:
      'A robot of a WeCom group: "Add group bot". It has no signature: whoever has the URL can write into the chat.',
  },
  windows: [{ most: 20, ms: 60_000 }],
  body({ title, text = '', markdown, url, mentions, folded }) {
    const mark = markFor(folded);
    const heading = headingOf(title);
    const { phones = [], users = [], all = false } = mentions ?? {};
    if (markdown === undefined) {
      const parts = { heading: plain(heading), text: plain(text), tail: [url ?? ''], gap: '\n', mark };
      const said = layOut(parts, mostTextBytes, bytesOf);
      if (said === null) return tooLong(mostTextBytes);
      const lists = { mentioned_list: [...users, ...(all ? ['@all'] : [])], mentioned_mobile_list: phones };
      return ok({ msgtype: 'text', text: { content: said, ...lists } });
    }
    if (all || phones.length > 0) {
      const detail =
        'a Markdown message of WeCom can mention users by their ids only: write a text to mention all or phones';
      return fail({ code: 'mentions_unsupported', detail });
    }
    const tail = [linkOf(url), users.map((user) => `<@${user}>`).join(' ')];
    const parts = { heading: heading === '' ? '' : `### ${heading}`, text: markdown, tail, gap: '\n', mark };
    const said = layOut(parts, mostMarkdownBytes, bytesOf);
    return said === null ? tooLong(mostMarkdownBytes) : ok({ msgtype: 'markdown', markdown: { content: said } });
  },
  read(answer) {
    const { errcode } = jsonOf(answer) ?? {};
    if (!Number.isSafeInteger(errcode)) return null;
    if (errcode === 0) return { outcome: accepted, listed: true };
    return readCode(String(errcode), verdicts, answer.status);
  },
};

export const wecom = robotKind(robot);

/** Also in plain text `<@id>` calls somebody: a zero-width space keeps what a stranger wrote from doing it. */
function plain(text: string): string {
  return text.replaceAll('<@', '<\u200b@');
}

function tooLong(most: number) {
  return fail({
    code: 'content_too_long' as const,
    detail: `WeCom takes ${most} bytes, and the link alone has too many`,
  });
}
