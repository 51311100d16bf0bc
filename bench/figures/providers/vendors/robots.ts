import { createHmac } from 'node:crypto';
import { ours } from '../ours.ts';
import { bareFetch, jsonScript, type Race } from '../race.ts';

const title = 'Disk';
const text = 'It is full: /var of db-1 has 95 %';
const told = jsonScript({ errcode: 0, errmsg: 'ok' });

/** What one vendor's robots want to be told, and where. */
interface RobotPlan {
  readonly path: string;
  readonly body: object;
  readonly secret?: string;
  /** Where its vendor signs: the query it has beside the path. */
  readonly signed?: () => string;
}

function robot(name: string, goal: Race['goal'], vendor: Race['vendor'], plan: RobotPlan): Race {
  return {
    name,
    beside: plan.signed === undefined ? 'fetch' : 'signed fetch',
    goal,
    vendor,
    async open(port) {
      const url = `http://127.0.0.1:${port}${plan.path}`;
      const headers = { 'content-type': 'application/json; charset=utf-8' };
      const bare = bareFetch(
        () => ({ url: `${url}${plan.signed?.() ?? ''}`, init: { headers, body: JSON.stringify(plan.body) } }),
        (answer) => answer === vendor?.body,
      );
      const { default: channel } = await import('@posthorn/channel-chat');
      const settings = { url, ...(plan.secret !== undefined && { secret: plan.secret }) };
      const sending = {
        channel,
        provider: name,
        settings,
        endpoint: null,
        address: () => 'ops',
        content: { title, text },
      };
      return { bare, ours: await ours(sending) };
    },
  };
}

const whole = `${title}\n${text}`;

export const robotRaces: readonly Race[] = [
  robot('dingtalk', 'provider-dingtalk', told, {
    path: '/robot/send?access_token=bench',
    body: { msgtype: 'text', text: { content: whole }, at: { atMobiles: [], atUserIds: [], isAtAll: false } },
    secret: 'SECbench',
    signed() {
      const now = Date.now();
      const sign = createHmac('sha256', 'SECbench').update(`${now}\nSECbench`).digest('base64');
      return `&timestamp=${now}&sign=${encodeURIComponent(sign)}`;
    },
  }),
  robot('wecom', 'provider-wecom', told, {
    path: '/cgi-bin/webhook/send?key=bench',
    body: { msgtype: 'text', text: { content: whole, mentioned_list: [], mentioned_mobile_list: [] } },
  }),
  robot('feishu', 'provider-feishu', jsonScript({ code: 0, msg: 'success' }), {
    path: '/open-apis/bot/v2/hook/bench',
    body: { msg_type: 'text', content: { text: whole } },
  }),
  robot(
    'slack',
    'provider-slack',
    { status: 200, type: 'text/html', body: 'ok' },
    {
      path: '/services/T/B/bench',
      body: { text: whole, mrkdwn: false },
    },
  ),
];
