import { generateKeyPairSync } from 'node:crypto';
import { validate } from '@posthorn/core';
import { describe, expect, test } from 'vitest';
import { fcm } from './fcm.ts';
import { serviceAccountOf } from './service-account.ts';

const pem = (type: 'rsa' | 'ed25519') => {
  const { privateKey } =
    type === 'rsa' ? generateKeyPairSync(type, { modulusLength: 2_048 }) : generateKeyPairSync(type);
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
};
const file = {
  type: 'service_account',
  project_id: 'shop-1',
  private_key_id: 'k1',
  private_key: pem('rsa'),
  client_email: 'sender@shop-1.iam.gserviceaccount.com',
  client_id: '1',
  token_uri: 'https://oauth2.googleapis.com/token',
  universe_domain: 'googleapis.com',
};

const check = (settings: unknown) => {
  const result = validate(fcm.settings, settings);
  return result.ok ? [] : result.failure;
};

test('takes the file as the console gives it', () => {
  expect(check({ serviceAccount: JSON.stringify(file) })).toEqual([]);
  expect(serviceAccountOf(JSON.stringify(file))).toEqual({
    projectId: 'shop-1',
    clientEmail: file.client_email,
    privateKey: file.private_key,
    keyId: 'k1',
    tokenUri: file.token_uri,
  });
});

describe('refuses, with the place and without the content:', () => {
  const canary = 'c4n4ry';
  test.each<[string, unknown, string]>([
    ['no settings', {}, '/serviceAccount'],
    ['an unknown setting', { serviceAccount: JSON.stringify(file), projectId: 'p' }, '/projectId'],
    ['a path instead of the text', { serviceAccount: `./${canary}.json` }, '/serviceAccount'],
    ['another kind of key', { serviceAccount: JSON.stringify({ ...file, type: canary }) }, '/serviceAccount'],
    ['a broken key', { serviceAccount: JSON.stringify({ ...file, private_key: canary }) }, '/serviceAccount'],
    [
      'a key that is not RSA',
      { serviceAccount: JSON.stringify({ ...file, private_key: pem('ed25519') }) },
      '/serviceAccount',
    ],
    [
      'a project that is a path',
      { serviceAccount: JSON.stringify({ ...file, project_id: `../${canary}` }) },
      '/serviceAccount',
    ],
    [
      'a plain token address',
      { serviceAccount: JSON.stringify({ ...file, token_uri: `http://${canary}` }) },
      '/serviceAccount',
    ],
    ['JSON that is no object', { serviceAccount: 'null' }, '/serviceAccount'],
  ])('%s', (_name, settings, pointer) => {
    const problems = check(settings);
    expect(problems.map((problem) => problem.pointer)).toEqual([pointer]);
    expect(JSON.stringify(problems)).not.toMatch(/c4n4ry|PRIVATE KEY/);
  });
});

test('names the fields to look at', () => {
  const { client_email, ...rest } = file;
  expect(check({ serviceAccount: JSON.stringify({ ...rest, private_key: 'x' }) })[0]?.detail).toMatch(
    /client_email, private_key/,
  );
});
