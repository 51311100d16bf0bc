import type { Attack } from '../attack.ts';

const to = { email: 'li@example.com' };
const wrongShape = { method: 'POST', status: 400, code: 'invalid_request' } as const;
const brokenRule = { method: 'POST', status: 422, code: 'unprocessable' } as const;

const send = (what: string, body: object, pointers: readonly string[]): Attack => ({
  ...wrongShape,
  abuse: 'A32',
  what,
  path: '/otp/send',
  body: { to, purpose: 'login', ...body },
  pointers,
});
const verify = (what: string, body: object): Attack => ({
  ...wrongShape,
  abuse: 'A32',
  what,
  path: '/otp/verify',
  body,
});

/** Codes that are easier to guess, live longer or say more than a code may; whom they would be counted for instead. */
export const hungrySends: readonly Attack[] = [
  send('a code of its own', { code: '111111' }, ['/code']),
  send('a code of three digits', { length: 3 }, ['/length']),
  send('a code of eleven digits', { length: 11 }, ['/length']),
  send('a code of 4.5 digits', { length: 4.5 }, ['/length']),
  send('a text of its own', { content: { body: 'Your bank asks you to call' } }, ['/content']),
  send('no purpose', { purpose: '' }, ['/purpose']),
  send('more tries', { attempts: 1_000 }, ['/attempts']),
  send('a source that is a name', { clientIp: 'localhost' }, ['/clientIp']),
  send('a source that is a list', { clientIp: '203.0.113.7, 10.0.0.1' }, ['/clientIp']),
  send('a source with a port', { clientIp: '203.0.113.7:80' }, ['/clientIp']),
  {
    ...brokenRule,
    abuse: 'A32',
    what: 'a day to guess',
    path: '/otp/send',
    body: { to, purpose: 'login', ttl: '24h' },
  },
  {
    ...brokenRule,
    abuse: 'A34',
    what: 'two numbers in one',
    path: '/otp/send',
    body: { to: { phone: '+8613800138000,+8613900139000' }, purpose: 'login' },
  },
  {
    ...brokenRule,
    abuse: 'A34',
    what: 'a letter for a digit',
    path: '/otp/send',
    body: { to: { phone: '+86138O0138000' }, purpose: 'login' },
  },
];

export const oddVerifies: readonly Attack[] = [
  verify('a number for a code', { to, purpose: 'login', code: 12_345 }),
  verify('a list of codes', { to, purpose: 'login', code: ['000000', '000001'] }),
  verify('a pattern for a code', { to, purpose: 'login', code: { $regex: '.*' } }),
  verify('a code of 100 KB', { to, purpose: 'login', code: '0'.repeat(60_000) }),
  verify('an id and an address', { id: 'otp_x', to, purpose: 'login', code: '012345' }),
  verify('no purpose', { to, code: '012345' }),
  verify('neither id nor address', { code: '012345' }),
];
