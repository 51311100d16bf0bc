import type { Tenant } from './tenant.ts';

/** What is asked of a route about the things of one project, and what it answers to whom. */
export interface TenantRow {
  /** What its key has to have: a scope of the contract, or `operator`, an admin key of the default project. */
  readonly scope: string;
  /** The path with its parameters; left out where it has none. */
  readonly path?: (tenant: Tenant) => string;
  readonly body?: (tenant: Tenant) => object;
  /** To a key of the project. */
  readonly own: number;
  /** To a key of another project with the same scope. */
  readonly foreign: number;
  /** What that answer says at the least. */
  readonly foreignBody?: object;
}

const content = { body: 'x' };
const stranger = 'stranger@example.com';
const nothing = { items: [], nextCursor: null };

/** Every route that needs a scope. One that is new fails the suite until it says here what another project gets to see. */
export const tenantRows: Readonly<Record<string, TenantRow>> = {
  'POST /notify': { scope: 'notify', body: () => ({ to: { email: stranger }, content }), own: 202, foreign: 202 },
  'POST /notify/batch': {
    scope: 'notify',
    body: () => ({ notifications: [{ to: { email: stranger }, content }] }),
    own: 202,
    foreign: 202,
  },
  'POST /otp/send': {
    scope: 'otp',
    body: () => ({ to: { email: stranger }, purpose: 'login' }),
    own: 202,
    foreign: 202,
  },
  'POST /otp/verify': {
    scope: 'otp',
    body: ({ code }) => ({ id: code, code: 'wrong' }),
    own: 200,
    foreign: 200,
    foreignBody: { status: 'not_found', attemptsLeft: 0 },
  },
  // It was sent a moment ago; nobody else learns even that.
  'POST /otp/:id/resend': { scope: 'otp', path: ({ code }) => `/otp/${code}/resend`, own: 429, foreign: 404 },
  'GET /notifications': {
    scope: 'read',
    path: () => '/notifications?address=tenant.canary@example.com',
    own: 200,
    foreign: 200,
    foreignBody: nothing,
  },
  'GET /notifications/:id': { scope: 'read', path: ({ sent }) => `/notifications/${sent.id}`, own: 200, foreign: 404 },
  'POST /notifications/:id/cancel': {
    scope: 'manage',
    path: ({ scheduled }) => `/notifications/${scheduled.id}/cancel`,
    own: 200,
    foreign: 404,
  },
  'GET /deliveries/:id': {
    scope: 'read',
    path: ({ sent }) => `/deliveries/${sent.deliveries[0]?.id}`,
    own: 200,
    foreign: 404,
  },
  'GET /deliveries/:id/attempts': {
    scope: 'read',
    path: ({ sent }) => `/deliveries/${sent.deliveries[0]?.id}/attempts`,
    own: 200,
    foreign: 404,
  },
  'POST /deliveries/:id/retry': {
    scope: 'manage',
    path: ({ failed }) => `/deliveries/${failed.sms}/retry`,
    own: 200,
    foreign: 404,
  },
  'POST /deliveries/redrive': {
    scope: 'manage',
    body: () => ({ filter: { channel: 'push' }, dryRun: false }),
    own: 200,
    foreign: 200,
    foreignBody: { count: 0, queued: 0, sample: [] },
  },
  'GET /sandbox/messages': {
    scope: 'read',
    path: () => '/sandbox/messages?to=tenant.canary@example.com',
    own: 200,
    foreign: 200,
    foreignBody: nothing,
  },
  'DELETE /sandbox/messages': { scope: 'manage', own: 200, foreign: 200 },
  'GET /suppressions': { scope: 'manage', own: 200, foreign: 200, foreignBody: nothing },
  'PUT /suppressions': {
    scope: 'manage',
    body: () => ({ channel: 'email', address: stranger }),
    own: 200,
    foreign: 200,
  },
  'DELETE /suppressions': {
    scope: 'manage',
    path: () => '/suppressions?channel=email&address=blocked.tenant.canary@example.com',
    own: 200,
    foreign: 200,
    foreignBody: { deleted: 0 },
  },
  'GET /channels': { scope: 'read', own: 200, foreign: 200 },
  'GET /metrics': { scope: 'operator', own: 200, foreign: 403 },
  'POST /keys': {
    scope: 'admin',
    body: ({ project }) => ({ name: 'x', scopes: ['read'], project }),
    own: 201,
    foreign: 422,
    foreignBody: { errors: [{ pointer: '/project', code: 'unknown_project' }] },
  },
  'GET /keys': { scope: 'admin', path: ({ project }) => `/keys?project=${project}`, own: 200, foreign: 404 },
  'GET /keys/:id': { scope: 'admin', path: ({ spareKey }) => `/keys/${spareKey}`, own: 200, foreign: 404 },
  'DELETE /keys/:id': { scope: 'admin', path: ({ spareKey }) => `/keys/${spareKey}`, own: 200, foreign: 404 },
  'POST /projects': { scope: 'operator', body: () => ({ name: 'another' }), own: 201, foreign: 403 },
  'GET /projects': { scope: 'admin', own: 200, foreign: 200 },
  'GET /audit': { scope: 'admin', path: ({ project }) => `/audit?project=${project}`, own: 200, foreign: 404 },
  // Of an address of the project that no test looks for afterwards.
  'POST /erasures': {
    scope: 'admin',
    body: () => ({ channel: 'email', address: 'blocked.tenant.canary@example.com' }),
    own: 200,
    foreign: 200,
    foreignBody: { notifications: 0, canceled: 0, messages: 0 },
  },
};

/** Routes that ask for no key, each with the reason why nothing of a project can be had by it. */
export const openRoutes: Readonly<Record<string, string>> = {
  'GET /healthz': 'says only that the process is alive',
  'GET /readyz': 'says only whether the store can be written',
  'POST /callbacks/:account/:token': 'a token of the account, and no answer tells of a delivery',
  'GET /callbacks/:account/:token': 'a token of the account, and no answer tells of a delivery',
  'GET /unsubscribe/:token': 'a sealed token for one recipient',
  'POST /unsubscribe/:token': 'a sealed token for one recipient',
};
