import { createECDH } from 'node:crypto';
import { expect, test } from 'vitest';
import { browser } from '../../../doubles/browser.ts';
import { encrypted, plaintextLimit } from './encryption.ts';

const bytes = (text: string) => Buffer.from(text, 'base64url');

test('gives the example of RFC 8291, section 5, with the keys of its appendix A', () => {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(bytes('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'));
  const body = encrypted(
    Buffer.from('When I grow up, I want to be a watermelon'),
    {
      p256dh: bytes('BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4'),
      auth: bytes('BTBZMqHH6r4Tts7J_aSIgg'),
    },
    { ecdh, salt: bytes('DGv6ra1nlYgDCS1FRnbzlw') },
  );
  expect(body.toString('base64url')).toBe(
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y' +
      'l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  );
});

test('a browser reads it, and no message looks like another', () => {
  const { subscription, read } = browser('https://push.example/1');
  const bodies = [1, 2].map(() => encrypted(Buffer.from('schön 👋'), subscription));
  expect(bodies.map(read)).toEqual(['schön 👋', 'schön 👋']);
  expect(new Set(bodies.map((body) => body.subarray(0, 16).toString('hex'))).size).toBe(2);
  expect(new Set(bodies.map((body) => body.subarray(21, 86).toString('hex'))).size).toBe(2);
});

test('the largest message makes the largest body that every push service takes', () => {
  const { subscription, read } = browser('https://push.example/1');
  const body = encrypted(Buffer.alloc(plaintextLimit, 'x'), subscription);
  expect(body).toHaveLength(4_096);
  expect(read(body)).toHaveLength(plaintextLimit);
});
