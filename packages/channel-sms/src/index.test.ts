import { type ChannelSamples, channelContract, runContract } from '@posthorn/testkit';
import { describe, expect, it } from 'vitest';
import type { SmsContent } from './content.ts';
import channel, { sms } from './index.ts';

const samples: ChannelSamples<SmsContent> = {
  channel: sms,
  addresses: [
    { text: '+86 138 0013 8000', address: '+8613800138000' },
    { text: '138 0013 8000', hints: { region: 'CN' }, address: '+8613800138000' },
    { text: '(202) 555-0101', hints: { region: 'US' }, address: '+12025550101' },
    { text: 'tel:+852-6123-4567', address: '+85261234567' },
  ],
  strangers: ['13800138000', 'li@example.com', '+8613800138000,+8613900139000', '12', '+19005551234'],
  neutral: { title: 'Hi', body: 'there', url: 'https://a.example' },
  own: { templateCode: 'SMS_1', signName: '示例', params: { code: '012345' }, text: 'mine' },
};

describe('the channel sms', () => {
  runContract(channelContract<SmsContent>(), {
    runner: { test: it, skip: it.skip },
    open: async () => samples,
    close: async () => {},
  });

  it('says a code as a text and as the variable of a template', () => {
    expect(sms.codeContent?.({ code: '012345', text: 'Your code is 012345.' })).toEqual({
      text: 'Your code is 012345.',
      params: { code: '012345' },
    });
  });

  it('is the default export', () => {
    expect(channel).toBe(sms);
  });

  it('has a magic number for every sandbox fault', () => {
    expect(Object.values(sms.sandbox).toSorted()).toEqual(
      [
        'refused',
        'deferred',
        'misconfigured',
        'hang',
        'uncertain',
        'delivered',
        'undelivered',
        'found',
        'lost',
      ].toSorted(),
    );
  });
});
