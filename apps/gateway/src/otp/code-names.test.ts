import type { CodeId } from '@posthorn/core';
import { expect, it } from 'vitest';
import { codeNames } from './code-names.ts';

const names = codeNames(Buffer.alloc(32, 1));
const id = 'otp_01890000-0000-7000-8000-000000000000' as CodeId;

it('names whatever differs in anything differently, and nothing readable', () => {
  const all = [
    names.ofId(1, id),
    names.ofId(2, id),
    names.ofAddress(1, 'login', 'phone', '+8613800138000'),
    names.ofAddress(2, 'login', 'phone', '+8613800138000'),
    names.ofAddress(1, 'pay', 'phone', '+8613800138000'),
    names.ofAddress(1, 'login', 'email', '+8613800138000'),
    names.ofAddress(1, 'login', 'phone', '+8613800138001'),
    names.ofAddress(1, 'login","phone', '', '+8613800138000'),
    names.ofPerson(1, 'phone', '+8613800138000'),
    names.ofPerson(2, 'phone', '+8613800138000'),
    codeNames(Buffer.alloc(32, 2)).ofId(1, id),
    names.digest('a', '012345'),
    names.digest('b', '012345'),
    names.digest('a', '12345'),
  ];
  expect(new Set(all).size).toBe(all.length);
  expect(all.join(' ')).not.toMatch(/login|138|2345/);
  expect(names.ofId(1, id)).toBe(all[0]);
});
