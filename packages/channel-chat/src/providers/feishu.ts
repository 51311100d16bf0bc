import { createHmac } from 'node:crypto';
import { fail, ok, type VendorAnswer } from '@posthorn/core';
import { z } from 'zod';
import { markFor } from '../digest.ts';
import { bytesOf, headingOf, layOut, linkOf } from '../excerpt.ts';
import { type Robot, robotKind, robotUrl } from './robot.ts';
import { accepted, account, content, jsonOf, later, outcomeOf, readCode, type Verdict } from './verdict.ts';

/** A request may have 20 KB; timestamp and signature come on top of what is counted here. */
const mostBytes = 20_000 - 200;

const tooFast = later('too many messages for now: a robot may send 5 in a second and 100 in a minute');
const verdicts: Readonly<Record<string, Verdict>> = {
  9499: content('Feishu could not read the message'),
  11232: tooFast,
  19001: account('the URL is wrong, or the robot was removed from the chat'),
  19002: content('Feishu could not read the message'),
  19021: account('the signature does not fit: check secret, and that the clock is right to the hour'),
  19022: account("this machine's address is not on the list of the robot's security settings"),
  19024: content('the security settings of the robot ask for a keyword that the message does not have'),
  99991400: tooFast,
};

const robot: Robot = {
  name: 'feishu',
  settings: z.strictObject({
    url: robotUrl({ hosts: ['open.feishu.cn', 'open.larksuite.com'], path: '/open-apis/bot/v2/hook/' }),
    secret: z.string().min(1).describe('the secret of the security setting "signature verification"').exactOptional(),
  }),
  endpoint: 'https://open.feishu.cn',
  verdicts,
  page: {
    title: 'Feishu and Lark robot',
    about:
      'A custom robot of a Feishu or Lark group: "Settings", "Bots", "Custom bot". With the security setting "signature verification" give its `secret`.',
  },
  windows: [
    { most: 5, ms: 1_000 },
    { most: 100, ms: 60_000 },
  ],
  body({ title, text = '', markdown, url, mentions, folded }) {
    const mark = markFor(folded);
    const { phones = [], users = [], all = false } = mentions ?? {};
    if (phones.length > 0)
      return fail({ code: 'mentions_unsupported', detail: 'Feishu mentions users by their ids, not by phone number' });
    const called = [...users, ...(all ? ['all'] : [])];
    const heading = headingOf(title);
    const asText = (said: string) => ({ msg_type: 'text', content: { text: said } });
    const asCard = (said: string) => ({
      msg_type: 'interactive',
      card: {
        ...(heading === '' ? {} : { header: { title: { tag: 'plain_text', content: heading } } }),
        elements: [{ tag: 'div', text: { tag: 'lark_md', content: said } }],
      },
    });
    const [bodyOf, parts] =
      markdown === undefined
        ? [
            asText,
            {
              heading: plain(heading),
              text: plain(text),
              tail: [url ?? '', called.map((id) => `<at user_id="${id}"></at>`).join(' ')],
              gap: '\n',
            },
          ]
        : [
            asCard,
            {
              heading: '',
              text: markdown,
              tail: [linkOf(url), called.map((id) => `<at id=${id}></at>`).join(' ')],
              gap: '\n',
            },
          ];
    const said = layOut({ ...parts, mark }, mostBytes, (whole) => bytesOf(JSON.stringify(bodyOf(whole))));
    if (said !== null) return ok(bodyOf(said));
    return fail({ code: 'content_too_long', detail: `Feishu takes messages of ${mostBytes} bytes` });
  },
  /** The moment and the secret are the key here, and nothing is what is signed; the moment counts in seconds. */
  sign({ url, body }, secret, now) {
    const timestamp = String(Math.floor(now / 1_000));
    const sign = createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64');
    return { url, body: { timestamp, sign, ...body } };
  },
  read(answer) {
    const json = jsonOf(answer);
    const given = json?.['code'] ?? json?.['StatusCode'];
    if (!Number.isSafeInteger(given))
      return answer.status === 429 ? { outcome: throttled('http_429', answer), listed: true } : null;
    if (given === 0) return { outcome: accepted, listed: true };
    const code = String(given);
    if (verdicts[code] === tooFast || answer.status === 429) return { outcome: throttled(code, answer), listed: true };
    return readCode(code, verdicts, answer.status);
  },
};

export const feishu = robotKind(robot);

/** `x-ogw-ratelimit-reset`: seconds until there is room again. */
function throttled(code: string, { headers }: VendorAnswer) {
  const reset = headers['x-ogw-ratelimit-reset'];
  const waitMs = typeof reset === 'string' && /^\d{1,9}$/.test(reset) ? Number(reset) * 1_000 : undefined;
  return outcomeOf(code, later(tooFast.detail, waitMs));
}

/** Also in plain text `<at …>` calls somebody: a zero-width space keeps what a stranger wrote from doing it. */
function plain(text: string): string {
  return text.replaceAll(/<(?=\/?at\b)/gi, '<\u200b');
}
