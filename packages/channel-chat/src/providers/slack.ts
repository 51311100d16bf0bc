import { fail, ok, type VendorAnswer } from '@posthorn/core';
import { z } from 'zod';
import { markFor } from '../digest.ts';
import { headingOf, layOut } from '../excerpt.ts';
import { type Robot, robotKind, robotUrl } from './robot.ts';
import { accepted, account, content, later, outcomeOf, readCode, type Verdict } from './verdict.ts';

/** Slack itself cuts what is longer, without a mark. */
const mostCharacters = 40_000;

const verdicts: Readonly<Record<string, Verdict>> = {
  invalid_payload: content('Slack could not read the message'),
  no_text: content('the message is empty for Slack'),
  too_many_attachments: content('the message has too many attachments'),
  user_not_found: content('a mentioned user does not exist'),
  action_prohibited: account('an administrator forbids messages to this channel'),
  posting_to_general_channel_denied: account('an administrator forbids messages to #general'),
  no_service: account('the webhook was removed or switched off'),
  no_service_id: account('the URL is not complete'),
  no_team: account('the workspace in the URL does not exist'),
  team_disabled: account('the workspace is switched off'),
  invalid_token: account('the token in the URL is wrong'),
  channel_not_found: account('the channel of the webhook does not exist any more'),
  channel_is_archived: account('the channel of the webhook is archived'),
  rollup_error: later('a fault inside Slack'),
};

const robot: Robot = {
  name: 'slack',
  settings: z.strictObject({
    url: robotUrl({ hosts: ['hooks.slack.com', 'hooks.slack-gov.com'], path: '/services/' }),
  }),
  endpoint: 'https://hooks.slack.com',
  verdicts,
  page: {
    title: 'Slack incoming webhook',
    about: 'An incoming webhook of a Slack app: it writes into one channel. Its answers are words, not JSON.',
  },
  windows: [{ most: 1, ms: 1_000 }],
  body({ title, text = '', markdown, url, mentions, folded }) {
    const { phones = [], users = [], all = false } = mentions ?? {};
    if (phones.length > 0)
      return fail({ code: 'mentions_unsupported', detail: 'Slack mentions users by their ids, not by phone number' });
    const called = [...users.map((id) => `<@${id}>`), ...(all ? ['<!channel>'] : [])].join(' ');
    const heading = headingOf(title);
    const isPlain = markdown === undefined;
    const written = isPlain ? escaped : (said: string) => said;
    // Measured as it is sent, cut as it was written: never within an escape.
    const shown = layOut(
      { heading: '', text: markdown ?? text, tail: [], gap: '\n', mark: markFor(folded) },
      roomFor([heading, url, called]),
      (said) => written(said).length,
    );
    if (shown === null) return fail({ code: 'content_too_long', detail: `Slack takes ${mostCharacters} characters` });
    const top = isPlain || heading === '' ? escaped(heading) : `*${escaped(heading)}*`;
    const lines = [top, written(shown), escaped(url ?? ''), called].filter((line) => line !== '');
    // Plain text is shown as it is; but without its markup Slack need not know mentions either.
    return ok({ text: lines.join('\n'), ...(isPlain && called === '' ? { mrkdwn: false } : {}) });
  },
  read(answer) {
    const text = answer.text.trim();
    if (answer.status === 200) return text === 'ok' ? { outcome: accepted, listed: true } : null;
    if (answer.status === 429) return { outcome: throttled(answer), listed: true };
    if (!/^[a-z][a-z_]{1,63}$/.test(text)) return null;
    return readCode(text, verdicts, answer.status);
  },
};

export const slack = robotKind(robot);

function throttled({ headers }: VendorAnswer) {
  const wait = headers['retry-after'];
  const waitMs = typeof wait === 'string' && /^\d+$/.test(wait) ? Number(wait) * 1_000 : undefined;
  return outcomeOf('http_429', later('too many messages for now', waitMs));
}

/** The three characters that are Slack's markup for links, mentions and commands (api.slack.com, "escaping text"). */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What the text may take beside the other lines, each with its end; the bold of a heading is two more. */
function roomFor(others: readonly (string | undefined)[]): number {
  return others.reduce((room, line = '') => room - escaped(line).length - 1, mostCharacters - 2);
}
