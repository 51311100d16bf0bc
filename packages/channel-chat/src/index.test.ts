import { jsonSchemaOf, validate } from '@posthorn/core';
import { channelContract, runContract } from '@posthorn/testkit';
import { describe, expect, test } from 'vitest';
import chat, { type Content, chat as named } from './index.ts';

describe('channel contract', () => {
  runContract(channelContract<Content>(), {
    runner: { test, skip: (name) => test.skip(name, () => undefined) },
    open: async () => ({
      channel: chat,
      addresses: [
        { text: 'ops-ding', address: 'ops-ding' },
        { text: ' \tops-ding\r\n', address: 'ops-ding' },
        { text: '1', address: '1' },
      ],
      strangers: ['', 'Ops Ding', 'ops_ding', '-ops', 'a'.repeat(65), 'https://oapi.dingtalk.com/robot/send', 'é'],
      neutral: { title: 'Disk', body: 'It is full', url: 'https://ops.example/a/17' },
      own: { markdown: '**full**', title: 'Disk 1', mentions: { users: ['li'], all: false } },
    }),
    close: async () => undefined,
  });
});

test('the default export is the named one', () => {
  expect(named).toBe(chat);
});

test('an address names the account that it goes through', () => {
  expect(chat).toMatchObject({ addressNamesAccount: true, maxAddresses: 1 });
});

test('keeps to what each vendor allows a robot', () => {
  const windows = chat.providers.map(({ name, quotas }) => [name, quotas?.[0]?.per, quotas?.[0]?.windows]);
  expect(windows).toEqual([
    ['dingtalk', 'account', [{ most: 20, ms: 60_000 }]],
    ['wecom', 'account', [{ most: 20, ms: 60_000 }]],
    [
      'feishu',
      'account',
      [
        { most: 5, ms: 1_000 },
        { most: 100, ms: 60_000 },
      ],
    ],
    ['slack', 'account', [{ most: 1, ms: 1_000 }]],
  ]);
});

test('plays every sandbox fault', () => {
  expect(new Set(Object.values(chat.sandbox))).toEqual(
    new Set(['refused', 'deferred', 'misconfigured', 'hang', 'uncertain', 'delivered', 'undelivered', 'found', 'lost']),
  );
});

describe('content', () => {
  const problems = (own: unknown) => {
    const result = validate(chat.content, own);
    return result.ok ? [] : result.failure.map(({ pointer }) => pointer);
  };

  test.each<[unknown, string]>([
    [{ text: 'a', markdown: 'b' }, '/markdown'],
    [{ text: '' }, '/text'],
    [{ url: 'javascript:alert(1)' }, '/url'],
    [{ mentions: { everybody: true } }, '/mentions'],
    [{ mentions: { users: ['li> <!channel'] } }, '/mentions/users/0'],
    [{ mentions: { users: ['"></at>'] } }, '/mentions/users/0'],
    [{ mentions: { phones: ['call me'] } }, '/mentions/phones/0'],
    [{ mentions: { users: Array.from({ length: 51 }, () => 'u') } }, '/mentions/users'],
  ])('%j is refused at %s', (own, pointer) => {
    expect(problems(own)).toEqual([expect.stringContaining(pointer)]);
  });

  test('takes the neutral content where its own has nothing', () => {
    const neutral = { title: 't', body: 'b', url: 'https://a.example' };
    const rendered = (own: Partial<Content>) => chat.render(neutral, own);
    expect(rendered({})).toEqual({ ok: true, value: { title: 't', text: 'b', url: 'https://a.example' } });
    expect(rendered({ text: 'c' })).toMatchObject({ value: { title: 't', text: 'c' } });
    expect(rendered({ markdown: '*c*' })).toEqual({
      ok: true,
      value: { title: 't', markdown: '*c*', url: 'https://a.example' },
    });
  });

  test('a title is a message, a link or a mention alone is not', () => {
    expect(chat.render({ title: 't' }, {}).ok).toBe(true);
    expect(chat.render({ url: 'https://a.example' }, { mentions: { all: true } })).toMatchObject({
      ok: false,
      failure: [{ pointer: '/content', code: 'content_missing' }],
    });
    expect(chat.render({ body: ' \n' }, {}).ok).toBe(false);
  });
});

describe('settings', () => {
  const valid: Readonly<Record<string, string>> = {
    dingtalk: 'https://oapi.dingtalk.com/robot/send?access_token=t0k3n',
    wecom: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=t0k3n',
    feishu: 'https://open.feishu.cn/open-apis/bot/v2/hook/t0k3n',
    slack: 'https://hooks.slack.com/services/T/B/t0k3n',
  };
  const check = (name: string, settings: object) => {
    const provider = chat.providers.find((each) => each.name === name);
    if (!provider) throw new Error(`no provider ${name}`);
    const result = validate(provider.settings, settings);
    return result.ok ? [] : result.failure;
  };

  test('are there for every provider of the list', () => {
    expect(chat.providers.map(({ name }) => name)).toEqual(Object.keys(valid));
    for (const { secrets } of chat.providers) expect(secrets).toContain('url');
  });

  test.each(Object.entries(valid))('of %s: a URL of the vendor, or of this machine', (name, url) => {
    expect(check(name, { url })).toEqual([]);
    expect(check(name, { url: ` ${url}\n` })).toEqual([]);
    expect(check(name, { url: 'http://127.0.0.1:8099/anything?key=1' })).toEqual([]);
    const strangers = [
      url.replace('https:', 'http:'),
      url.replace(/\/\/[^/]+/, '//evil.example'),
      url.replace(/\/\/([^/]+)/, '//$1.evil.example'),
      url.replace(/\/\/([^/]+)/, '//$1@evil.example'),
      'https://169.254.169.254/latest/t0k3n',
      `${new URL(url).origin}/t0k3n`,
      't0k3n',
    ];
    for (const stranger of strangers) {
      const problems = check(name, { url: stranger });
      expect(
        problems.map(({ pointer }) => pointer),
        stranger,
      ).toEqual(['/url']);
      expect(JSON.stringify(problems)).not.toContain('t0k3n');
    }
  });

  test('have a secret where the vendor signs, and only there', () => {
    const takes = (name: string) => check(name, { url: valid[name], secret: 's' }).length === 0;
    expect(Object.keys(valid).filter(takes)).toEqual(['dingtalk', 'feishu']);
  });

  test('are described for editors', () => {
    for (const { settings } of chat.providers)
      expect(jsonSchemaOf(settings)).toMatchObject({ properties: { url: { type: 'string' } }, required: ['url'] });
  });
});
