import { expect, test } from 'vitest';
import { readEnvironment } from './environment.ts';

test('nothing set is everything at its default', () => {
  expect(readEnvironment({ POSTHORN_HOST: '', POSTHORN_LOG_LEVEL: '' }, '/srv')).toEqual({
    environment: { host: null, port: null, dataDir: '/srv/data', adminKey: null, logLevel: 'info', logFormat: null },
    problems: [],
  });
});

test('everything set is taken over, the key masked', () => {
  const { environment, problems } = readEnvironment(
    {
      POSTHORN_HOST: '0.0.0.0',
      POSTHORN_PORT: '0',
      POSTHORN_DATA_DIR: '/var/lib/posthorn',
      POSTHORN_ADMIN_KEY: 'k'.repeat(32),
      POSTHORN_LOG_LEVEL: 'debug',
      POSTHORN_LOG_FORMAT: 'pretty',
    },
    '/srv',
  );
  expect(problems).toEqual([]);
  expect(environment).toMatchObject({ host: '0.0.0.0', port: 0, dataDir: '/var/lib/posthorn', logLevel: 'debug' });
  expect(environment.adminKey?.reveal()).toBe('k'.repeat(32));
  expect(JSON.stringify(environment)).not.toContain('kkk');
});

test.each([
  ['POSTHORN_PORT', '65536', 'must be a port'],
  ['POSTHORN_PORT', '80a', 'must be a port'],
  ['POSTHORN_PORT', 'tcp://10.0.0.7:8080', 'enableServiceLinks'],
  ['POSTHORN_ADMIN_KEY', 'hunter2', 'at least 32 characters'],
  ['POSTHORN_LOG_LEVEL', 'loud', 'debug, info, warn, error'],
  ['POSTHORN_LOG_FORMAT', 'xml', 'json, pretty'],
])('%s=%s is refused', (name, value, cure) => {
  const { problems } = readEnvironment({ [name]: value }, '/srv');
  expect(problems).toEqual([{ path: name, detail: expect.stringContaining(cure) }]);
  expect(JSON.stringify(problems)).not.toContain('hunter2');
});
