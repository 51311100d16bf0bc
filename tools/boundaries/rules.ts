/**
 * Who may import whom: ARCHITECTURE.md as data. A house is a folder that no relative import may leave or enter. The first
 * house that a file lies in is its own. `may` tells which packages its files may import, `testsMay` which ones its tests
 * may beside them.
 */
export interface House {
  /** Path of the house from the root, matched from its beginning. */
  readonly at: RegExp;
  readonly may: RegExp;
  readonly testsMay: RegExp;
  /** Packages that its files may load when they are asked for, with a dynamic import, but not tie in. */
  readonly mayLoad?: RegExp;
  readonly because: string;
}

const testTools = /^(vitest(\/.+)?|fast-check|@posthorn\/testkit|node:.+)$/;

export const houses: readonly House[] = [
  {
    at: /^packages\/core(?=\/)/,
    may: /^(@standard-schema\/spec|node:crypto)$/,
    testsMay: testTools,
    because: 'core is words and rules: no package of ours, no SQL, no HTTP, no vendor, no file system, no network',
  },
  {
    at: /^packages\/store-redis(?=\/)/,
    may: /^(@posthorn\/core|ioredis|node:crypto)$/,
    testsMay: testTools,
    because: 'the store in Redis knows core and ioredis',
  },
  {
    at: /^packages\/store-[^/]+(?=\/)/,
    may: /^(@posthorn\/core|drizzle-orm(\/.+)?|better-sqlite3|node:.+)$/,
    testsMay: testTools,
    because: 'a store knows core, drizzle-orm and its driver',
  },
  {
    // Its addresses are strangers': there is one way out for them, and this is what keeps it the only one.
    at: /^packages\/channel-webhook(?=\/)/,
    may: /^(@posthorn\/core|zod|node:crypto)$/,
    testsMay: new RegExp(`${testTools.source}|^standardwebhooks$`),
    because: 'a webhook leaves through the egress that the gateway lends, never by a connection of its own',
  },
  {
    at: /^packages\/channel-[^/]+(?=\/)/,
    may: /^(?!@posthorn\/)|^@posthorn\/core$/,
    testsMay: testTools,
    because: 'a channel knows core and the libraries of its vendors',
  },
  {
    at: /^packages\/egress(?=\/)/,
    may: /^(@posthorn\/core|node:.+)$/,
    testsMay: testTools,
    because: 'the way out by HTTP knows core and Node',
  },
  {
    at: /^packages\/testkit(?=\/)/,
    may: /^(@posthorn\/(core|egress)|zod|node:.+)$/,
    testsMay: testTools,
    because:
      'the testkit knows core and the egress only, so that a stranger can use it with any test runner; zod is part of what it lends',
  },
  {
    at: /^apps\/gateway\/e2e(?=\/)/,
    may: /^(?!@posthorn\/)|^@posthorn\/testkit$/,
    testsMay: testTools,
    because: 'end-to-end tests know the running program only, from outside',
  },
  {
    at: /^apps\/gateway(?=\/)/,
    may: /^(?!@posthorn\/(channel-|testkit)|drizzle-orm|better-sqlite3|ioredis)/,
    testsMay: testTools,
    mayLoad: /^@posthorn\/channel-[^/]+$/,
    because: "the gateway loads channels by name, databases are the stores' own, and the testkit is for tests",
  },
  {
    at: /^apps\/console(?=\/)/,
    may: /^(?!@posthorn\/)|^@posthorn\/client$/,
    testsMay: testTools,
    because: 'the console knows the API client only',
  },
  {
    // It measures the running program from outside, but for the outbox, that is a store without HTTP, and providers beside
    // their vendors' bare SDKs.
    at: /^bench(?=\/)/,
    may: /^(?!@posthorn\/)|^@posthorn\/(core|egress|store-[^/]+|testkit)$/,
    testsMay: testTools,
    mayLoad: /^@posthorn\/channel-[^/]+$/,
    because: 'the bench knows the running program from outside, and the stores and providers that it measures alone',
  },
  { at: /^tools(?=\/)/, may: /^(?!@posthorn\/testkit)/, testsMay: testTools, because: 'the testkit is for tests' },
];

/** Tests, and what stands in for vendors in them. */
export const testFiles = /(\.test\.tsx?$|^(packages|apps)\/[^/]+\/doubles\/)/;

/** Every package has one door. */
export const backDoor = /^@posthorn\/[^/]+\/./;
export const reexportingFiles = /^packages\/[^/]+\/src\/index\.ts$/;

/**
 * Who opens connections by itself: everything else leaves by HTTP through `tools.egress`. A vendor's SDK has a client of its
 * own, which we only watch, and APNs speaks HTTP/2 alone; their hosts are the operator's or the vendor's own.
 */
export const connections = {
  in: /^(packages\/channel-[^/]+|apps\/gateway)\/src\/(?!.*\.test\.ts$)/,
  modules: /^(node:)?(https?|http2|net|tls|dgram|dns(\/promises)?)$|^(undici|axios|got|ky|node-fetch)$/,
  calls: ['fetch', 'globalThis.fetch'],
  may: [
    /^packages\/channel-push\/src\/providers\/(apns|fcm)\//,
    /^packages\/channel-sms\/src\/providers\/aliyun\/sdk\//,
    // They ask whether a text is an address.
    /^packages\/channel-email\/src\/providers\/smtp-settings\.ts$/,
    /^apps\/gateway\/src\/config\/values\/network\.ts$/,
    /^apps\/gateway\/src\/otp\/otp-schema\.ts$/,
    // A command asks a running gateway, in a process of its own.
    /^apps\/gateway\/src\/cli\//,
    // It listens.
    /^apps\/gateway\/src\/http\//,
  ],
  because: 'what goes out by HTTP goes through the egress that the gateway lends',
} as const;

/** Time and chance are arguments in core, so that a simulation can repeat itself. */
export const forbiddenCalls: readonly { readonly in: RegExp; readonly call: string; readonly because: string }[] = [
  {
    in: /^packages\/core\/src\/(?!clock\.ts$)(?!.*\.test\.ts$)/,
    call: 'Date.now',
    because: 'core reads the time in clock.ts only',
  },
  {
    in: /^packages\/core\/src\/(?!clock\.ts$)(?!.*\.test\.ts$)/,
    call: 'new Date',
    because: 'core reads the time in clock.ts only',
  },
  {
    in: /^packages\/core\/src\/(?!.*\.test\.ts$)/,
    call: 'Math.random',
    because: 'chance is an argument in core',
  },
];

/** Where no channel and no vendor has a name: a new one changes nothing there, since what is different about it is data. */
export const nameless = /^(packages\/(core|store-[^/]+)|apps\/gateway)\/src\/(?!.*\.test\.ts$)/;

/** The paths that have the name of a channel or of a vendor in them. */
export const namesSomething: readonly RegExp[] = [
  /^packages\/channel-([^/]+)\//,
  /^packages\/channel-[^/]+\/src\/providers\/([a-z0-9]+)(?:\.ts$|\/)/,
];
