import { describe, expect, it } from 'vitest';
import { adminKeyOnly } from './auth.ts';
import { HttpProblem } from './problems.ts';

const key = 'phk_admin_0123456789abcdef0123456789abcdef';
const authenticate = adminKeyOnly(key, { key: 1, id: 'prj_1' as never, name: 'default' });

describe('adminKeyOnly', () => {
  it('knows the key, which may do everything', () => {
    const { project, scopes } = authenticate(`Bearer ${key}`);
    expect(project.name).toBe('default');
    expect([...scopes].toSorted()).toEqual(['admin', 'manage', 'notify', 'otp', 'read']);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    key,
    `bearer ${key}`,
    `Basic ${key}`,
    `Bearer  ${key}`,
    `Bearer ${key} `,
  ])('refuses %j', (header) => {
    const attempt = () => authenticate(header);
    expect(attempt).toThrow(HttpProblem);
    expect(attempt).toThrow(expect.objectContaining({ headers: { 'www-authenticate': 'Bearer' } }));
  });
});
