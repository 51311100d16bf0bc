import { generateKeyPairSync } from 'node:crypto';
import { defineChannel, ok, type ProviderKind } from '@posthorn/core';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { maskSettings } from './channels/mask.ts';
import type { Config } from './config.ts';
import { channelOfItself } from './limits/limits.ts';
import { secret } from './secret.ts';
import { configText, shownConfig } from './show.ts';

const nothing = z.strictObject({});
const kind: ProviderKind = {
  name: 'smtp',
  settings: nothing,
  secrets: ['password'],
  endpoint: null,
  onUncertain: 'hold',
  open: () => Promise.reject(new Error('not in this test')),
};

const config: Config = {
  file: '/etc/posthorn.yaml',
  environment: {
    host: null,
    port: null,
    dataDir: '/data',
    adminKey: secret('hunter2'),
    logLevel: 'info',
    logFormat: null,
  },
  server: {
    host: '::',
    port: 80,
    publicUrl: new URL('https://n.example.com'),
    trustedProxies: ['10.0.0.0/8'],
    maxConnections: 100,
    maxConnectionsPerAddress: null,
  },
  defaults: { region: 'CN', locale: 'zh-CN', timezone: 'UTC', channels: ['email'] },
  store: { kind: 'sqlite', path: '/data/posthorn.db' },
  redis: secret({ host: 'h', port: 6379, tls: false, username: null, password: 'hunter2', database: 0 }),
  encryption: [{ id: 'k1', secret: secret('hunter2'.repeat(5)) }],
  egress: { allow: ['10.0.0.0/8'] },
  retention: { contentMs: 604_800_000, metadataMs: 7_776_000_000, idempotencyMs: 172_800_000 },
  channels: [
    {
      channel: defineChannel({
        api: 1,
        name: 'email',
        addressKey: 'email',
        maxAddresses: 1,
        content: nothing,
        retry: { maxAttempts: 3, baseMs: 1, capMs: 1 },
        sandbox: {},
        providers: [kind],
        parseAddress: ok,
        maskAddress: () => '***',
        render: () => ok({}),
      }),
      use: null,
      route: { default: ['main'] },
      accounts: [
        {
          name: 'main',
          lane: 'email/main',
          kind,
          settings: secret({ password: 'hunter2', port: 587 }),
          endpoint: null,
          timeoutMs: 90_000,
          concurrency: 4,
          ratePerSecond: 0.5,
          weight: 1,
          onUncertain: 'hold',
          shown: { password: '***', port: 587 },
        },
      ],
    },
  ],
  limits: {
    perKeyPerSecond: 1_000,
    perProjectPerSecond: 1 / 60,
    channels: new Map([
      [
        'email',
        {
          perAddress: [{ most: 1, ms: 60_000 }],
          perSource: [{ most: 30, ms: 3_600_000 }],
          perPrefix: { digits: 7, windows: [{ most: 50, ms: 900_000 }], unlessVerified: 20 },
          countries: ['CN'],
          hourlyBudget: 500,
          dailyBudget: 5_000,
          marketingWindow: { from: 480, to: 1_230 },
          optOutText: true,
        },
      ],
      ['push', { ...channelOfItself, perAddress: [], perSource: [], perPrefix: false, marketingWindow: false }],
      ['sms', channelOfItself],
    ]),
  },
};

const expected = {
  file: '/etc/posthorn.yaml',
  environment: { dataDir: '/data', adminKey: '***', logLevel: 'info', logFormat: null },
  server: {
    host: '::',
    port: 80,
    publicUrl: 'https://n.example.com/',
    trustedProxies: ['10.0.0.0/8'],
    maxConnections: 100,
    maxConnectionsPerAddress: null,
  },
  defaults: { region: 'CN', locale: 'zh-CN', timezone: 'UTC', channels: ['email'] },
  store: { kind: 'sqlite', path: '/data/posthorn.db' },
  redis: { url: '***' },
  encryption: { keys: [{ id: 'k1', secret: '***' }] },
  egress: { allow: ['10.0.0.0/8'] },
  retention: { content: '7d', metadata: '90d', idempotency: '2d' },
  channels: {
    email: {
      route: { default: ['main'] },
      accounts: {
        main: {
          use: 'smtp',
          password: '***',
          port: 587,
          timeout: '90s',
          concurrency: 4,
          rate: '30/m',
          weight: 1,
          onUncertain: 'hold',
        },
      },
    },
  },
  limits: {
    perKey: '1000/s',
    perProject: '1/m',
    email: {
      perAddress: ['1/1m'],
      perSource: ['30/1h'],
      perPrefix: { digits: 7, limits: ['50/15m'], unlessVerified: '20%' },
      countries: ['CN'],
      hourlyBudget: 500,
      dailyBudget: 5_000,
      marketingWindow: { from: '08:00', to: '20:30' },
      optOutText: true,
    },
    push: { perAddress: [], perSource: [], perPrefix: false, marketingWindow: false },
    sms: {},
  },
};

test('the effective configuration is shown in the shape of the file, as data, JSON and YAML', () => {
  expect(shownConfig(config)).toEqual(expected);
  expect(JSON.parse(configText(config, 'json'))).toEqual(expected);
  expect(parse(configText(config, 'yaml'))).toEqual(expected);
});

const circular: Record<string, unknown> = { a: 1 };
circular['self'] = circular;

test.each([
  ['by place', { user: 'u', password: 'p' }, { user: 'u', password: '***' }],
  ['all beneath a place', { password: { a: [1, { b: 2 }] } }, { password: '***' }],
  ['in a list', { list: ['a', 'b'] }, { list: ['a', '***'] }],
  [
    'by value, wherever it went',
    { url: 'https://h/hunter2-long?x', exact: 'short' },
    { url: 'https://h/***?x', exact: '***' },
  ],
  [
    'by a telling name',
    { apiToken: 't', headers: { 'X-Api-Key': 1 } },
    { apiToken: '***', headers: { 'X-Api-Key': '***' } },
  ],
  ['in a URL object', { at: new URL('https://hunter2-long@h/') }, { at: 'https://***@h/' }],
  [
    'what is not plain data',
    { key: generateKeyPairSync('ed25519').privateKey, bytes: Buffer.from('x'), call: () => 'x', big: 5n },
    { key: '***', bytes: '***', call: '***', big: '***' },
  ],
  ['circles', circular, { a: 1, self: '***' }],
  ['nothing', { a: null, b: undefined }, { a: null, b: null }],
])('settings are masked %s', (_name, settings, shown) => {
  expect(maskSettings(settings, { paths: [['password'], ['list', 1]], values: ['hunter2-long', 'short', ''] })).toEqual(
    shown,
  );
});
