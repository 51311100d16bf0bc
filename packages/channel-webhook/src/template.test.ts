import fc from 'fast-check';
import { expect, it } from 'vitest';
import { filled, type Scalar } from './template.ts';

const values = new Map<string, Scalar>([
  ['title', 'Disk "sda" \\ {{url}}'],
  ['count', 3],
  ['on', false],
  ['none', null],
]);

it.each<[unknown, unknown]>([
  ['{{title}}', 'Disk "sda" \\ {{url}}'],
  ['{{ title }}', 'Disk "sda" \\ {{url}}'],
  [
    { n: '{{count}}', on: '{{on}}', none: '{{none}}' },
    { n: 3, on: false, none: null },
  ],
  [{ text: '{{count}} of {{title}}!' }, { text: '3 of Disk "sda" \\ {{url}}!' }],
  [
    { gone: '{{url}}', kept: '<{{url}}>', list: ['{{url}}', 1] },
    { kept: '<>', list: [null, 1] },
  ],
  [{ '{{title}}': true }, { '{{title}}': true }],
  [{ deep: [{ er: ['{{count}}'] }] }, { deep: [{ er: [3] }] }],
  [
    { a: 1, b: null, c: true, d: 'plain {text}' },
    { a: 1, b: null, c: true, d: 'plain {text}' },
  ],
])('%j becomes %j', (template, body) => {
  expect(filled(template, values)).toEqual(body);
});

it('keeps a key that JavaScript thinks special a key like any other', () => {
  const template: unknown = JSON.parse('{"__proto__": {"admin": "{{on}}"}, "constructor": "{{count}}"}');
  expect(JSON.stringify(filled(template, values))).toBe('{"__proto__":{"admin":false},"constructor":3}');
  expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
});

it('no value can change the shape of the body', () => {
  const template = { a: '{{x}}', b: ['before {{x}} after'], c: { d: '{{y}}' } };
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (x, y) => {
      const body: unknown = JSON.parse(
        JSON.stringify(
          filled(
            template,
            new Map([
              ['x', x],
              ['y', y],
            ]),
          ),
        ),
      );
      expect(body).toEqual({ a: x, b: [`before ${x} after`], c: { d: y } });
    }),
  );
});
