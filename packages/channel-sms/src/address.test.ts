import { describe, expect, it } from 'vitest';
import { maskPhone, parsePhone } from './address.ts';

const spellings = [
  '+8613800138000',
  '+86 138 0013 8000',
  '+86１３８００１３８０００',
  '+86١٣٨٠٠١٣٨٠٠٠',
  '+86138\u200b00138000',
  '+86-138-0013-8000;ext=1',
  'tel:+8613800138000',
  'tel:13800138000;phone-context=+86',
  '+8613800138000x5',
  '+86(0)13800138000',
  '+86013800138000',
  '+8613800138000\r\nX',
  ' (+86) 138-0013-8000 ',
  'tel:138-0013-8000;phone-context=+86;ext=5',
  '\u202a+8613800138000\u202c',
];

describe('parsePhone', () => {
  for (const region of [null, 'CN', 'US'])
    it.each(spellings)(`reads %j as one number, region ${region}`, (text) => {
      expect(parsePhone(text, { region })).toEqual({ ok: true, value: '+8613800138000' });
    });

  it.each([
    ['13800138000', 'CN', '+8613800138000'],
    ['0086 138 0013 8000', 'CN', '+8613800138000'],
    ['(202) 555-0101', 'US', '+12025550101'],
    ['07400 123456', 'GB', '+447400123456'],
    ['6123 4567', 'HK', '+85261234567'],
    ['02 3661 8300', 'IT', '+390236618300'],
  ])('reads the national number %s of %s', (text, region, value) => {
    expect(parsePhone(text, { region })).toEqual({ ok: true, value });
    expect(parsePhone(value, { region: null })).toEqual({ ok: true, value });
  });

  const strangers = [
    ['full-width plus', '＋8613800138000'],
    ['letter O for zero', '+86138OO138OOO'],
    ['mathematical digits', '+86𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎'],
    ['two numbers with a comma', '+8613800138000,+8613900139000'],
    ['two numbers with a space', '+8613800138000 +8613900139000'],
    ['words around it', 'call +8613800138000'],
    ['mark-up behind it', '+8613800138000<script>'],
    ['an address with a number in it', '+8613800138000@example.com'],
    ['vanity letters', '+1800FLOWERS'],
    ['an emergency number', '110'],
    ['too short', '12'],
    ['too long', '+861380013800013800'],
    ['a mask', '+86138****8000'],
    ['a number with a second country', '+8613800138000;phone-context=+1'],
    ['a foreign context', '13800138000;phone-context=example.com'],
    ['nothing', ''],
    ['an invisible nothing', '\u202e'],
  ] as const;
  for (const region of [null, 'CN'])
    it.each(strangers)(`refuses %s, region ${region}`, (_name, text) => {
      const result = parsePhone(text, { region });
      expect(result).toMatchObject({ ok: false, failure: { code: 'invalid_phone' } });
      expect(!result.ok && result.failure.detail).toContain('E.164');
    });

  it('asks for the region of a national number', () => {
    const result = parsePhone('13800138000', { region: null });
    expect(!result.ok && result.failure.detail).toContain('region');
  });

  it.each(['XX', 'cn', '', '__proto__'])('refuses the region %j', (region) => {
    expect(parsePhone('13800138000', { region })).toMatchObject({ ok: false, failure: { code: 'unknown_region' } });
  });

  it.each([
    ['premium_number', '+19005551234'],
    ['premium_number', '+1 (900) 555-1234'],
    ['premium_number', '+33899123456'],
    ['premium_number', '+39899123456'],
    ['premium_number', '+81990123456'],
    ['premium_number', '+448431234567'],
    ['premium_number', '+491801234567'],
    ['premium_number', '+979123456789'],
    ['premium_number', '+80812345678'],
    ['satellite_number', '+870773111632'],
    ['satellite_number', '+881612345678'],
    ['satellite_number', '+882161234567890'],
    ['satellite_number', '+883510012345'],
    ['satellite_number', '+878101234567890'],
    ['satellite_number', '+88812345678901'],
  ])('refuses as %s the dear number %s', (code, text) => {
    expect(parsePhone(text, { region: null })).toMatchObject({ ok: false, failure: { code } });
  });

  it('looks at no more than a hundred characters', () => {
    expect(parsePhone(`+86138001380${' '.repeat(100)}00`, { region: null }).ok).toBe(false);
  });
});

describe('maskPhone', () => {
  it.each([
    ['+8613812345678', '+86138****5678'],
    ['+12025550101', '+120****0101'],
    ['+85261234567', '+852****4567'],
    ['+6831234567', '+683****567'],
    ['+29021234', '+290****4'],
    ['+436641234567890', '+43664******7890'],
    ['1234', '****'],
    ['', '****'],
  ])('masks %s as %s', (address, masked) => {
    expect(maskPhone(address)).toBe(masked);
    expect(parsePhone(masked, { region: 'CN' }).ok).toBe(false);
  });
});
