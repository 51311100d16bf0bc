import type { Attack } from './attack.ts';
import { hungryKeys } from './attacks/access.ts';
import { bodyAttacks } from './attacks/bodies.ts';
import { hungrySends, oddVerifies } from './attacks/codes.ts';
import { keyAttacks } from './attacks/keys.ts';
import { idAttacks, methodAttacks, queryAttacks } from './attacks/places.ts';
import { forgedCallbacks, strayCallbacks, strayLinks, unreadableProbes } from './attacks/strangers.ts';
import type { Target } from './target.ts';

const email = 'li@example.com';
const notification = { to: { email }, content: { body: 'x' } };
const nobody = '01a208ee-f7c5-7000-99b0-4d2706000000';
const kibibyte = 1_024;

/**
 * Every route of the program, each once. Whoever adds a route adds its line here: what it takes decides what it is
 * attacked with, and `own` has what no other route could be asked.
 */
export const targets: readonly Target[] = [
  { method: 'GET', path: '/healthz', scope: null, url: '/healthz' },
  { method: 'GET', path: '/readyz', scope: null, url: '/readyz' },
  { method: 'GET', path: '/metrics', scope: null, url: '/metrics' },
  {
    method: 'POST',
    path: '/notify',
    scope: 'notify',
    url: '/notify',
    json: { good: notification, limit: 256 * kibibyte },
    query: ['dryRun'],
  },
  {
    method: 'POST',
    path: '/notify/batch',
    scope: 'notify',
    url: '/notify/batch',
    json: { good: { notifications: [notification] }, limit: 4_096 * kibibyte },
    query: [],
  },
  {
    method: 'GET',
    path: '/notifications',
    scope: 'read',
    url: '/notifications',
    query: ['status', 'channel', 'kind', 'tag', 'address', 'from', 'to', 'limit', 'cursor', 'metadata.a'],
    list: true,
  },
  { method: 'GET', path: '/notifications/:id', scope: 'read', url: `/notifications/ntf_${nobody}`, ids: 'ntf' },
  {
    method: 'POST',
    path: '/notifications/:id/cancel',
    scope: 'manage',
    url: `/notifications/ntf_${nobody}/cancel`,
    ids: 'ntf',
  },
  { method: 'GET', path: '/deliveries/:id', scope: 'read', url: `/deliveries/dlv_${nobody}`, ids: 'dlv' },
  {
    method: 'GET',
    path: '/deliveries/:id/attempts',
    scope: 'read',
    url: `/deliveries/dlv_${nobody}/attempts`,
    ids: 'dlv',
  },
  {
    method: 'POST',
    path: '/deliveries/:id/retry',
    scope: 'manage',
    url: `/deliveries/dlv_${nobody}/retry`,
    ids: 'dlv',
  },
  {
    method: 'POST',
    path: '/deliveries/redrive',
    scope: 'manage',
    url: '/deliveries/redrive',
    json: { good: { filter: {}, dryRun: false }, limit: 64 * kibibyte },
    query: [],
  },
  {
    method: 'GET',
    path: '/sandbox/messages',
    scope: 'read',
    url: '/sandbox/messages',
    query: ['channel', 'to', 'limit', 'cursor'],
    list: true,
  },
  { method: 'DELETE', path: '/sandbox/messages', scope: 'manage', url: '/sandbox/messages', query: [] },
  {
    method: 'GET',
    path: '/suppressions',
    scope: 'manage',
    url: '/suppressions',
    query: ['channel', 'address', 'limit', 'cursor'],
    list: true,
  },
  {
    method: 'PUT',
    path: '/suppressions',
    scope: 'manage',
    url: '/suppressions',
    json: { good: { channel: 'email', address: email }, limit: 64 * kibibyte },
  },
  {
    method: 'DELETE',
    path: '/suppressions',
    scope: 'manage',
    url: `/suppressions?channel=email&address=${email}`,
    query: ['channel', 'address', 'kind'],
  },
  { method: 'GET', path: '/channels', scope: 'read', url: '/channels' },
  {
    method: 'POST',
    path: '/keys',
    scope: 'admin',
    url: '/keys',
    json: { good: { name: 'shop', scopes: ['notify'] }, limit: 64 * kibibyte },
    query: [],
    own: hungryKeys,
  },
  { method: 'GET', path: '/keys', scope: 'admin', url: '/keys', query: ['project', 'limit', 'cursor'], list: true },
  { method: 'GET', path: '/keys/:id', scope: 'admin', url: `/keys/key_${nobody}`, ids: 'key' },
  { method: 'DELETE', path: '/keys/:id', scope: 'admin', url: `/keys/key_${nobody}`, ids: 'key' },
  {
    method: 'POST',
    path: '/projects',
    scope: 'operator',
    url: '/projects',
    json: { good: { name: 'shop' }, limit: 64 * kibibyte },
    query: [],
  },
  { method: 'GET', path: '/projects', scope: 'admin', url: '/projects', query: ['limit', 'cursor'], list: true },
  {
    method: 'POST',
    path: '/erasures',
    scope: 'admin',
    url: '/erasures',
    json: { good: { channel: 'email', address: 'nobody@example.com' }, limit: 64 * kibibyte },
  },
  {
    method: 'GET',
    path: '/audit',
    scope: 'admin',
    url: '/audit',
    query: ['project', 'action', 'key', 'from', 'to', 'limit', 'cursor'],
    list: true,
  },
  {
    method: 'POST',
    path: '/otp/send',
    scope: 'otp',
    url: '/otp/send',
    json: { good: { to: { email }, purpose: 'login' }, limit: 64 * kibibyte },
    own: hungrySends,
  },
  {
    method: 'POST',
    path: '/otp/verify',
    scope: 'otp',
    url: '/otp/verify',
    json: { good: { to: { email }, purpose: 'login', code: '012345' }, limit: 64 * kibibyte },
    own: oddVerifies,
  },
  { method: 'POST', path: '/otp/:id/resend', scope: 'otp', url: `/otp/otp_${nobody}/resend`, ids: 'otp' },
  {
    method: 'POST',
    path: '/callbacks/:account/:token',
    scope: null,
    url: '/callbacks/vendor/x',
    own: [...strayCallbacks('POST'), ...forgedCallbacks],
  },
  {
    method: 'GET',
    path: '/callbacks/:account/:token',
    scope: null,
    url: '/callbacks/vendor/x',
    own: [...strayCallbacks('GET'), ...unreadableProbes],
  },
  { method: 'POST', path: '/unsubscribe/:token', scope: null, url: '/unsubscribe/x', own: strayLinks('POST') },
  { method: 'GET', path: '/unsubscribe/:token', scope: null, url: '/unsubscribe/x', own: strayLinks('GET') },
];

/** All that one target is attacked with. */
export function attacksOn(target: Target): readonly Attack[] {
  return [
    ...keyAttacks(target),
    ...bodyAttacks(target),
    ...idAttacks(target),
    ...queryAttacks(target),
    ...methodAttacks(target, targets),
    ...(target.own ?? []),
  ];
}
