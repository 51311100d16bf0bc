import { describe, expect, it } from 'vitest';
import type { SmsContent } from '../content.ts';
import { type NumberedTemplateSettings, numberedTemplate } from './numbered-template.ts';

const address = '+8613800138000';
const bound = { templates: { login: { templateId: '1234', params: ['code', 'minutes'] }, plain: { templateId: '5' } } };

describe('numberedTemplate', () => {
  it.each<[string, SmsContent, NumberedTemplateSettings, string, readonly string[]]>([
    ['numbers', { templateCode: '9', params: { '2': 'b', '1': 'a' } }, {}, '9', ['a', 'b']],
    [
      'more than nine numbers',
      {
        templateCode: '9',
        params: Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`${11 - at}`, `v${11 - at}`])),
      },
      {},
      '9',
      ['v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7', 'v8', 'v9', 'v10', 'v11'],
    ],
    ['one name', { templateCode: '9', params: { code: '0123' } }, {}, '9', ['0123']],
    ['no variable', { templateCode: '9' }, {}, '9', []],
    [
      'names',
      { templateCode: 'login', params: { minutes: '5', code: '012', other: 'x' } },
      bound,
      '1234',
      ['012', '5'],
    ],
    ['another name only', { templateCode: 'plain', params: { '1': 'a' } }, bound, '5', ['a']],
    ['the account’s template', { text: 'Hi', params: { code: '1' } }, { templateId: '7' }, '7', ['1']],
    [
      'the account’s template by its name',
      { params: { minutes: '5', code: '1' } },
      { templateId: 'login', ...bound },
      '1234',
      ['1', '5'],
    ],
    ['a text', { text: 'Hi\n  you' }, { templateId: '7', textParam: 1 }, '7', ['Hi you']],
    [
      'a template of its own beside a text',
      { templateCode: '9', text: 'Hi' },
      { templateId: '7', textParam: 1 },
      '9',
      [],
    ],
  ])('places %s', (_name, content, own, templateId, values) => {
    expect(numberedTemplate({ content, address }, own, 'X')).toEqual({ ok: true, value: { templateId, values } });
  });

  it.each<[string, SmsContent, NumberedTemplateSettings]>([
    ['template_missing', { text: 'Hi' }, {}],
    ['template_missing', { params: { code: '1' } }, {}],
    ['text_param_missing', { text: 'Hi' }, { templateId: '7' }],
    // The order in which JSON happens to have them must never decide what a message says.
    ['param_order_unknown', { templateCode: '9', params: { code: '1', minutes: '5' } }, {}],
    ['param_order_unknown', { templateCode: '9', params: { '1': 'a', '3': 'c' } }, {}],
    ['param_order_unknown', { templateCode: '9', params: { '2': 'b' } }, {}],
    ['param_missing', { templateCode: 'login', params: { code: '1' } }, bound],
    ['param_missing', { templateCode: 'login' }, bound],
  ])('refuses with %s: %j', (code, content, own) => {
    expect(numberedTemplate({ content, address }, own, 'X')).toMatchObject({
      ok: false,
      failure: { kind: 'refused', because: 'content', code },
    });
  });

  it.each(['constructor', '__proto__', 'toString'])('finds no binding called %s', (templateCode) => {
    expect(numberedTemplate({ content: { templateCode }, address }, bound, 'X')).toMatchObject({
      value: { templateId: templateCode },
    });
  });

  const apart: NumberedTemplateSettings = {
    templateId: '7',
    textParam: 1,
    abroad: { templateId: '70' },
    templates: {
      login: { templateId: '1', params: ['code', 'minutes'], abroad: { templateId: '10', params: ['code'] } },
      order: { templateId: '2', params: ['no'], abroad: { templateId: '20' } },
    },
  };
  it.each<[string, string, SmsContent, string, readonly string[]]>([
    ['the mainland', '+8613800138000', { text: 'Hi' }, '7', ['Hi']],
    ['Hong Kong', '+85261234567', { text: 'Hi' }, '70', ['Hi']],
    ['the mainland', '+8613800138000', { templateCode: 'login', params: { minutes: '5', code: '1' } }, '1', ['1', '5']],
    ['Taiwan', '+886912345678', { templateCode: 'login', params: { minutes: '5', code: '1' } }, '10', ['1']],
    ['America', '+12025550101', { templateCode: 'order', params: { no: 'A' } }, '20', ['A']],
    ['America', '+12025550101', { templateCode: '9', params: { '1': 'A' } }, '9', ['A']],
  ])('keeps templates for %s apart: %s %j', (_place, to, content, templateId, values) => {
    expect(numberedTemplate({ content, address: to }, apart, 'X')).toEqual({ ok: true, value: { templateId, values } });
  });
});
