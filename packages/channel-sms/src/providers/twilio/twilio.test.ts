import { validate } from '@posthorn/core';
import { type DoubleReply, providerContract, runContract, type SeenRequest, testTools } from '@posthorn/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import {
  expectations,
  json,
  networkReplies,
  sampleDelivery,
  stageBench,
  vendorStage,
} from '../../../doubles/vendor-stage.ts';
import type { SmsContent } from '../../content.ts';
import { type TwilioSettings, twilio } from './twilio.ts';

const hex = '0123456789abcdef0123456789abcdef';
const accountSid = `AC${hex}`;
const authToken = 'TOKENcanary';
const settings: TwilioSettings = { accountSid, authToken, from: '+15005550006' };
const apiKey = { apiKeySid: `SK${hex}`, apiKeySecret: 'KEYcanary' };

/** Takes the account's token and its API key, for the account's own address only. */
function isGenuine({ url, headers }: SeenRequest): boolean {
  const [scheme, credentials = ''] = (headers.authorization ?? '').split(' ');
  const known = [`${accountSid}:${authToken}`, `${apiKey.apiKeySid}:${apiKey.apiKeySecret}`];
  return (
    url === `/2010-04-01/Accounts/${accountSid}/Messages.json` &&
    scheme === 'Basic' &&
    known.includes(Buffer.from(credentials, 'base64').toString())
  );
}

const failure = (status: number, code: number, message = 'because', headers = {}) =>
  json(status, { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }, headers);
const made = (over: object = {}) =>
  json(201, { sid: `SM${hex}`, status: 'queued', num_segments: '1', error_code: null, error_message: null, ...over });
const accepted = made();

const text = 'Your code is 482913, Zoë 李 & co';
const delivery = { content: { text } };

const stage = vendorStage({
  kind: twilio,
  settings,
  isGenuine,
  rejection: failure(401, 20003, 'Authenticate'),
});
afterEach(stage.close);

const formOf = (request: SeenRequest | undefined) => Object.fromEntries(new URLSearchParams(String(request?.body)));

describe('twilio keeps the contract of a provider', () => {
  // Its page about 20500 says that the message may have been made.
  runContract(providerContract<SmsContent>({ ...expectations, 'fails-inside': ['uncertain'] }), {
    runner: { test: it, skip: it.skip },
    open: async () =>
      stageBench(
        {
          ...stage,
          play: (reply, scene) =>
            stage.play(reply, {
              ...scene,
              settings: { ...settings, templates: { '1234': { contentSid: `HX${hex}` } } },
            }),
        },
        {
          ...networkReplies,
          accepts: accepted,
          'refuses-address': failure(400, 21211, "The 'To' number +8613800138000 is not valid, 482913"),
          'refuses-content': failure(400, 21617, "The text Zoë !*'()~+&= 李 is too long"),
          'rejects-credentials': failure(401, 20003, `Authenticate ${authToken}`),
          throttles: failure(429, 20429),
          'fails-inside': failure(500, 20500),
          'not-listening': accepted,
        },
        [authToken, accountSid],
        // It has no place for a key of ours.
        () => null,
      ),
    close: stage.close,
  });
});

describe('twilio', () => {
  it('sends a text, with the credentials of the account', async () => {
    const { outcome, double } = await stage.outcomeOf(accepted, delivery);
    expect(outcome).toEqual({ kind: 'accepted', vendorId: `SM${hex}`, parts: 1 });
    expect(double.requests).toHaveLength(1);
    const [request] = double.requests;
    expect(request).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(formOf(request)).toEqual({ To: '+8613800138000', From: '+15005550006', Body: text });
  });

  it('says where reports about this very message go, when it can tell them from forged ones', async () => {
    const callbackUrl = new URL('https://posthorn.example/callbacks/twilio/token');
    const own = { accountSid, ...apiKey, from: 'Posthorn' };
    const addressOf = async (used: TwilioSettings) =>
      formOf((await stage.outcomeOf(accepted, delivery, { callbackUrl, settings: used })).double.requests[0])[
        'StatusCallback'
      ];
    const expected = `https://posthorn.example/callbacks/twilio/token?delivery=${sampleDelivery.id}`;
    expect(await addressOf(settings)).toBe(expected);
    expect(await addressOf({ ...own, authToken })).toBe(expected);
    expect(await addressOf(own)).toBeUndefined();
  });

  it('does not repeat the address for reports, when the vendor does', async () => {
    const callbackUrl = new URL('https://posthorn.example/callbacks/twilio/tokenCanary');
    const reply = failure(400, 21609, `The StatusCallback ${callbackUrl}?delivery=x is not valid`);
    const { outcome } = await stage.outcomeOf(reply, delivery, { callbackUrl });
    expect(outcome).toMatchObject({ kind: 'refused', detail: expect.stringContaining('Twilio says') });
    expect(JSON.stringify(outcome)).not.toContain('tokenCanary');
  });

  it('sends through a messaging service, with an API key', async () => {
    const own = { accountSid, ...apiKey, messagingServiceSid: `MG${hex}` };
    const { outcome, double } = await stage.outcomeOf(accepted, delivery, { settings: own });
    expect(outcome.kind).toBe('accepted');
    expect(formOf(double.requests[0])).toEqual({ To: '+8613800138000', MessagingServiceSid: `MG${hex}`, Body: text });
  });

  it.each<[string, SmsContent, object]>([
    [
      'its own template',
      { templateCode: `HX${hex}`, params: { code: '1' }, text },
      { ContentVariables: '{"code":"1"}' },
    ],
    ['its own template without variables', { templateCode: `HX${hex}` }, {}],
    [
      "another vendor's, in its own order",
      { templateCode: 'SMS_1', params: { minutes: '5', code: '012' } },
      { ContentVariables: '{"1":"012","2":"5"}' },
    ],
    [
      "another vendor's, by name",
      { templateCode: 'SMS_2', params: { code: '1' } },
      { ContentVariables: '{"code":"1"}' },
    ],
  ])('fills %s', async (_name, content, expected) => {
    const templates = {
      SMS_1: { contentSid: `HX${hex}`, params: ['code', 'minutes'] },
      SMS_2: { contentSid: `HX${hex}` },
    };
    const { double } = await stage.outcomeOf(accepted, { content }, { settings: { ...settings, templates } });
    expect(formOf(double.requests[0])).toEqual({
      To: '+8613800138000',
      From: '+15005550006',
      ContentSid: `HX${hex}`,
      ...expected,
    });
  });

  it("sends the text instead of another vendor's template, and asks nobody when there is none", async () => {
    const content = { templateCode: 'SMS_1', params: { code: '1' } };
    const both = await stage.outcomeOf(accepted, { content: { ...content, text } });
    expect(formOf(both.double.requests[0])).toMatchObject({ Body: text });
    const { outcome, double } = await stage.outcomeOf(accepted, { content });
    expect(outcome).toMatchObject({ kind: 'refused', because: 'content', code: 'text_missing' });
    const templates = { SMS_1: { contentSid: `HX${hex}`, params: ['code', 'minutes'] } };
    const short = await stage.outcomeOf(accepted, { content }, { settings: { ...settings, templates } });
    expect(short.outcome).toMatchObject({ kind: 'refused', because: 'content', code: 'param_missing' });
    expect(double.requests.length + short.double.requests.length).toBe(0);
  });

  it('is rejected with a wrong token', async () => {
    const { outcome } = await stage.outcomeOf(accepted, delivery, { settings: { ...settings, authToken: 'wrong' } });
    expect(outcome).toMatchObject({ kind: 'misconfigured', code: '20003' });
  });

  it.each<[string, DoubleReply, object]>([
    ['a number that unsubscribed', failure(400, 21610), { kind: 'refused', because: 'blocked', suppress: 'hard' }],
    ['an error with HTTP 200', failure(200, 21211), { kind: 'refused', because: 'address' }],
    [
      'a message given up at once',
      made({ status: 'failed', error_code: 30006, error_message: 'landline' }),
      { kind: 'refused', because: 'address', detail: expect.stringContaining('Twilio says: landline') },
    ],
    ['a wait', failure(429, 20429, 'because', { 'retry-after': '2' }), { kind: 'deferred', retryAfterMs: 2_000 }],
    ['parts not counted yet', made({ num_segments: '0' }), { kind: 'accepted', vendorId: `SM${hex}` }],
    ['three parts', made({ num_segments: '3' }), { kind: 'accepted', parts: 3 }],
    ['HTTP 429 from somebody else', { status: 429, body: '<html>' }, { kind: 'deferred', code: 'http_429' }],
  ])('understands %s', async (_name, reply, expected) => {
    const { outcome, double } = await stage.outcomeOf(reply, delivery);
    expect(outcome).toMatchObject(expected);
    expect(double.requests).toHaveLength(1);
  });

  it.each<[number, string]>([
    [201, '<html>'],
    [201, ''],
    [201, 'null'],
    [201, '[]'],
    [201, '{}'],
    [201, '{"sid":""}'],
    [201, '{"sid":5}'],
    [201, '{"sid":"SM1","status":"failed"}'],
    [201, '{"sid":"SM1","error_code":"30006"}'],
    [400, '{"code":"21211"}'],
    [502, '{"sid":"SM1"}'],
    [302, '{"sid":"SM1"}'],
  ])('cannot read %i %s, so it does not know', async (status, body) => {
    const { outcome } = await stage.outcomeOf({ status, body }, delivery);
    expect(outcome).toMatchObject({ kind: 'uncertain', code: 'unreadable_answer' });
  });
});

describe('the settings of twilio', () => {
  it.each([
    [settings],
    [{ accountSid, authToken, from: 'Posthorn' }],
    [{ accountSid, ...apiKey, messagingServiceSid: `MG${hex}` }],
    [{ accountSid, ...apiKey, authToken, from: 'Posthorn' }],
  ])('may be %j', (own) => {
    expect(validate(twilio.settings, own)).toEqual({ ok: true, value: own });
  });

  it.each([
    [{}, ['/accountSid']],
    [{ ...settings, token: 'x' }, ['/token']],
    [{ ...settings, accountSid: '../../v2' }, ['/accountSid']],
    [{ accountSid, authToken }, ['/from']],
    [{ ...settings, messagingServiceSid: `MG${hex}` }, ['/from']],
    [{ accountSid, from: '+15005550006' }, ['/authToken']],
    [{ accountSid, from: 'A', apiKeySid: apiKey.apiKeySid }, ['/apiKeySecret']],
    [{ ...settings, from: 'a name too long' }, ['/from']],
    [{ ...settings, templates: { x: { contentSid: 'x' } } }, ['/templates/x/contentSid']],
  ])('%j has faults at %j', (given, pointers) => {
    const result = validate(twilio.settings, given);
    expect(!result.ok && result.failure.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('refuse an endpoint with a path', async () => {
    const tools = testTools({ endpoint: new URL('http://127.0.0.1:1/proxy') });
    await expect(twilio.open(settings, tools)).rejects.toThrow('without a path');
  });
});
