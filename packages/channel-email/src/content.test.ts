import { validate } from '@posthorn/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { content, render, wholeContent } from './content.ts';

const file = { filename: 'a.pdf', contentType: 'application/pdf', contentBase64: 'QUJD' };
/** The breaks and controls that could end a header, or a line of SMTP. */
const breaks = [
  '\r\nBcc: v@evil.example',
  '\nBcc: v@evil.example',
  '\rBcc: v@evil.example',
  '\0',
  '\u2028',
  '\u2029',
  '\u0085',
  '\u001b',
];

function pointers(own: unknown): readonly string[] {
  const result = validate(content, own);
  return result.ok ? [] : [...new Set(result.failure.map(({ pointer }) => pointer))];
}

describe('own content', () => {
  it('takes every field it documents', () => {
    const own = {
      subject: '发货通知 📦',
      text: 'line\r\nline',
      html: '<p>x</p>',
      from: '示例 <a@example.com>',
      replyTo: 'b@example.com',
      attachments: [file, { ...file, filename: '发票 2026-11.pdf', contentType: 'text/csv; charset=utf-8' }],
    };
    expect(validate(content, own)).toEqual({ ok: true, value: own });
    expect(validate(content, {})).toEqual({ ok: true, value: {} });
  });

  it.each(breaks)('refuses %j in every field that becomes a header', (bad) => {
    expect(pointers({ subject: `x${bad}` })).toEqual(['/subject']);
    expect(pointers({ from: `x${bad} <a@example.com>` })).toEqual(['/from']);
    expect(pointers({ from: `a@example.com${bad}` })).toEqual(['/from']);
    expect(pointers({ replyTo: `x${bad} <a@example.com>` })).toEqual(['/replyTo']);
    expect(pointers({ attachments: [{ ...file, filename: `x${bad}.pdf` }] })).toEqual(['/attachments/0/filename']);
    expect(pointers({ attachments: [{ ...file, contentType: `text/plain${bad}` }] })).toEqual([
      '/attachments/0/contentType',
    ]);
    expect(pointers({ attachments: [{ ...file, contentBase64: `QUJD${bad}` }] })).toEqual([
      '/attachments/0/contentBase64',
    ]);
  });

  it.each([
    ['headers', { Bcc: 'v@evil.example' }],
    ['to', 'v@evil.example'],
    ['cc', 'v@evil.example'],
    ['bcc', 'v@evil.example'],
    ['envelope', { to: 'v@evil.example' }],
    ['raw', 'x'],
    ['messageId', 'x'],
    ['list', {}],
    ['icalEvent', { path: '/etc/passwd' }],
    ['alternatives', []],
    ['amp', 'x'],
    ['watchHtml', 'x'],
    ['dkim', {}],
    ['__proto__x', {}],
  ])('has no field %s', (key, value) => {
    expect(pointers({ subject: 'x', [key]: value })).toEqual([`/${key}`]);
  });

  it.each([
    'path',
    'href',
    'content',
    'raw',
    'encoding',
    'cid',
    'headers',
    'contentDisposition',
    'contentTransferEncoding',
  ])('has no attachment field %s', (key) => {
    expect(pointers({ attachments: [{ ...file, [key]: '/etc/passwd' }] })).toEqual([`/attachments/0/${key}`]);
  });

  it.each([
    ['html as an object', { html: { path: '/etc/passwd' } }, '/html'],
    ['text as an object', { text: { href: 'http://127.0.0.1/' } }, '/text'],
    ['subject as an object', { subject: { prepared: true, value: 'x' } }, '/subject'],
    ['from as an object', { from: { address: 'a@example.com, b@example.com' } }, '/from'],
    ['two senders', { from: 'a@example.com, b@example.com' }, '/from'],
    ['two reply addresses', { replyTo: 'A <a@example.com>, B <b@example.com>' }, '/replyTo'],
    ['an empty subject', { subject: '' }, '/subject'],
    ['a blank subject', { subject: '  ' }, '/subject'],
    ['a subject of 999 characters', { subject: 'x'.repeat(999) }, '/subject'],
    ['a NUL in the text', { text: 'a\0b' }, '/text'],
    ['21 attachments', { attachments: Array.from({ length: 21 }, () => file) }, '/attachments'],
  ])('refuses %s', (_what, own, pointer) => {
    expect(pointers(own)).toEqual([pointer]);
  });
});

describe('attachments', () => {
  it.each([
    '',
    '.',
    '..',
    '../../x',
    '..\\x',
    '/etc/passwd',
    'C:x',
    'CON',
    'con.txt',
    'Lpt1.pdf',
    'com¹',
    'x.',
    'x ',
    ' x',
    'a\tb',
    'invoice\u202efdp.exe',
    'a"b',
    'a<b',
    'a|b',
    'a?b',
    'a*b',
    'x'.repeat(256),
    '发'.repeat(86),
    'x'.repeat(10_000),
  ])('refuses the file name %#', (filename) => {
    expect(pointers({ attachments: [{ ...file, filename }] })).toEqual(['/attachments/0/filename']);
  });

  it.each(['发票.pdf', '.gitignore', 'a.tar.gz', "it's (1) & more.txt", 'console.log', 'común.txt', '📄.md'])(
    'takes the file name %j',
    (filename) => {
      expect(pointers({ attachments: [{ ...file, filename }] })).toEqual([]);
    },
  );

  it.each([
    '',
    'pdf',
    'application/',
    '/pdf',
    'multipart/mixed',
    'message/rfc822',
    'text/plain; charset="x',
    'text/plain; name=x',
    'a/b, c/d',
  ])('refuses the media type %j', (contentType) => {
    expect(pointers({ attachments: [{ ...file, contentType }] })).toEqual(['/attachments/0/contentType']);
  });

  it.each(['', 'QQ', 'QR==', 'QUJD\n', 'QUJ D', 'QUJ-', '_UJD', 'QUJD=', '====', 'data:,x'])(
    'refuses %j as base64',
    (contentBase64) => {
      expect(pointers({ attachments: [{ ...file, contentBase64 }] })).toEqual(['/attachments/0/contentBase64']);
    },
  );

  it('checks a large file in one pass', () => {
    const start = performance.now();
    const contentBase64 = Buffer.alloc(3_000_000, 7).toString('base64');
    expect(pointers({ attachments: [{ ...file, contentBase64 }] })).toEqual([]);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('render', () => {
  it.each([
    [{ title: 'T', body: 'B' }, {}, { subject: 'T', text: 'B' }],
    [{ title: 'T', body: 'B', url: 'https://x.example/1' }, {}, { subject: 'T', text: 'B\n\nhttps://x.example/1' }],
    [
      { title: 'T', body: 'see https://x.example/1', url: 'https://x.example/1' },
      {},
      { subject: 'T', text: 'see https://x.example/1' },
    ],
    [{ title: 'T' }, {}, { subject: 'T', text: 'T' }],
    [{ title: 'T', url: 'https://x.example/1' }, {}, { subject: 'T', text: 'T\n\nhttps://x.example/1' }],
    [{ body: '\n first line \nsecond' }, {}, { subject: 'first line', text: '\n first line \nsecond' }],
    [{ title: 'a\r\nBcc: v@evil.example\u2028b', body: 'B' }, {}, { subject: 'a Bcc: v@evil.example b', text: 'B' }],
    [{ title: ' ', body: 'B' }, {}, { subject: 'B', text: 'B' }],
    [
      { title: 'T', body: 'B' },
      { subject: 'S', html: '<p>' },
      { subject: 'S', html: '<p>', text: 'B' },
    ],
    [{ title: 'T' }, { html: '<p>' }, { subject: 'T', html: '<p>' }],
    [{ title: 'T', url: 'https://x.example/1' }, { html: '<p>' }, { subject: 'T', html: '<p>' }],
    [{ body: 'B' }, { subject: 'S', text: 'own' }, { subject: 'S', text: 'own' }],
    [{}, { subject: 'S', html: '<p>', from: 'a@example.com' }, { subject: 'S', html: '<p>', from: 'a@example.com' }],
  ])('joins %j and %j', (neutral, own, whole) => {
    expect(render(neutral, own)).toEqual({ ok: true, value: whole });
  });

  it('makes only what may be sent, whatever the neutral content is', () => {
    const text = fc.string({ unit: 'binary', maxLength: 1_200 }).map((raw) => raw.replaceAll('\0', '').toWellFormed());
    const neutral = fc.record({ title: text, body: text, url: fc.webUrl() }, { requiredKeys: [] });
    fc.assert(
      fc.property(neutral, (given) => {
        const result = render(given, {});
        if (result.ok) expect(validate(wholeContent, result.value)).toEqual({ ok: true, value: result.value });
      }),
      { numRuns: 500 },
    );
  });

  it('cuts a subject that it makes itself, between characters', () => {
    const family = '👩‍👩‍👧';
    const result = render({ body: `${'x'.repeat(70)}${family}${family}` }, {});
    expect(result).toMatchObject({ ok: true, value: { subject: `${'x'.repeat(70)}…` } });
    const long = render({ body: '字'.repeat(100_000) }, {});
    expect(long.ok && long.value.subject.length).toBe(78);
  });

  it.each([
    [{}, {}, '/content', 'missing_content'],
    [{ body: ' ' }, { subject: 'S' }, '/content', 'missing_content'],
    [{}, { html: '<p>' }, '/email/subject', 'missing_subject'],
    [{ url: 'https://x.example/1' }, {}, '/email/subject', 'missing_subject'],
  ])('says what %j and %j lack', (neutral, own, pointer, code) => {
    expect(render(neutral, own)).toMatchObject({ ok: false, failure: [{ pointer, code }] });
  });
});
