import type { Attack } from '../attack.ts';

const refused = { method: 'POST', path: '/keys', status: 400, code: 'invalid_request' } as const;
const key = { name: 'shop', scopes: ['notify'] };

/** Keys that would be more than their maker may give, or that choose their own secret. */
export const hungryKeys: readonly Attack[] = [
  {
    ...refused,
    abuse: 'A08',
    what: 'a key that its maker chose',
    body: { ...key, key: 'phk_1_x' },
    pointers: ['/key'],
  },
  { ...refused, abuse: 'A08', what: 'a hash of its own', body: { ...key, hash: 'x' }, pointers: ['/hash'] },
  {
    ...refused,
    abuse: 'A04',
    what: 'a scope that there is not',
    body: { ...key, scopes: ['operator'] },
    pointers: ['/scopes/0'],
  },
  { ...refused, abuse: 'A04', what: 'all scopes at once', body: { ...key, scopes: ['*'] }, pointers: ['/scopes/0'] },
  { ...refused, abuse: 'A04', what: 'no scope', body: { ...key, scopes: [] }, pointers: ['/scopes'] },
  {
    ...refused,
    abuse: 'A04',
    what: 'a thousand scopes',
    body: { ...key, scopes: Array(1_000).fill('read') },
    pointers: ['/scopes'],
  },
];
