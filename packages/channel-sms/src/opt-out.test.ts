import { describe, expect, it } from 'vitest';
import { optOutOf } from './opt-out.ts';

const mainland = '+8613800138000';

describe('marketing to the mainland', () => {
  it.each([
    '新品上市，拒收请回复R',
    '新品上市 退订回T',
    '新品上市，回T退订',
    '新品上市，回复TD退订',
    '新品上市，退订请回复 TD',
    '新品上市，拒收请回复Ｒ',
    '新品上市，退订回n',
    '新品上市，拒收请回Ｒ。',
  ])('tells how to stop it: %s', (text) => {
    expect(optOutOf({ text }, mainland)).toEqual({ kind: 'told' });
  });

  it.each(['新品上市', '退订无门', '请回复R参加抽奖', '如需退订请致电客服', 'Reply STOP to opt out', ''])(
    'does not: %s',
    (text) => {
      expect(optOutOf({ text }, mainland)).toMatchObject({
        kind: 'missing',
        detail: expect.stringContaining('拒收请回复R'),
      });
    },
  );

  it('cannot be read in a template, whatever text stands beside it', () => {
    expect(optOutOf({ templateCode: 'SMS_1' }, mainland).kind).toBe('unknown');
    expect(optOutOf({ templateCode: 'SMS_1', text: '新品上市' }, mainland).kind).toBe('unknown');
  });
});

it.each(['+85251234567', '+85366123456', '+886912345678', '+12125550123'])('%s needs no such words', (address) => {
  expect(optOutOf({ text: 'New in' }, address)).toEqual({ kind: 'needless' });
});
