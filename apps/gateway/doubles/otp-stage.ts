import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Channel,
  type ChannelSetup,
  defineChannel,
  fail,
  idMint,
  type Limit,
  ok,
  type ProviderKind,
} from '@posthorn/core';
import { openStore } from '@posthorn/store-sqlite';
import { type ManualClock, manualClock, recordingLogger } from '@posthorn/testkit';
import { z } from 'zod';
import { httpApp } from '../src/http/app.ts';
import { limitsByKind } from '../src/limits/channel-limits.ts';
import { codeNames } from '../src/otp/code-names.ts';
import { otpRoutes } from '../src/otp/otp-routes.ts';
import { otpSchema } from '../src/otp/otp-schema.ts';

/** The routes of one-time codes over a real store, in a time of their own; what they send lies in the outbox. */
export interface OtpStage {
  readonly clock: ManualClock;
  readonly store: ReturnType<typeof openStore>;
  readonly project: number;
  /** With a key of the first project, or of the second. */
  post(path: string, body?: unknown, key?: 'ours' | 'theirs'): Promise<Answer>;
  /** Claims what is due on a channel and says that it was sent: what each message says. */
  carry(
    channel: string,
  ): Promise<readonly { readonly text: string; readonly address: string; readonly code: string }[]>;
  /** Lets time do what is due. */
  tick(): Promise<void>;
  close(): void;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

const content = z.strictObject({ text: z.string().optional() });

export function otpStage(limits: readonly Limit[] = []): OtpStage {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-otp-'));
  const clock = manualClock();
  const store = openStore({
    path: join(folder, 'posthorn.db'),
    searchKey: Buffer.alloc(32, 7),
    keys: [{ id: 'first', secret: Buffer.alloc(32, 8) }],
    now: clock.now(),
  });
  const channels = new Map(['pigeon', 'owl', 'horse'].map((name) => [name, bird(name, limits)]));
  const projects = { ours: store.defaultProject, theirs: store.ensureProject('theirs', clock.now()) };
  const tools = {
    codes: store.codes,
    reader: store.reader,
    names: codeNames(Buffer.alloc(32, 9)),
    otpSchema: otpSchema(channels),
    submit: {
      channels,
      defaultChannels: [...channels.keys()],
      defaultRegion: null,
      mint: idMint(),
      usable: () => true,
    },
    suppressions: { ofProject: () => null },
    limitsFor: limitsByKind(channels),
    clock,
  };
  const app = httpApp(
    otpRoutes(tools),
    (key) => ({
      key: 'admin',
      project: key === 'theirs' ? projects.theirs : projects.ours,
      rights: new Set(['otp']),
      ratePerSecond: null,
    }),
    recordingLogger(),
  );
  return {
    clock,
    store,
    project: projects.ours.key,
    async post(path, body, key = 'ours') {
      const headers = { authorization: key, 'content-type': 'application/json' };
      const answer = await app.request(path, { method: 'POST', headers, body: JSON.stringify(body ?? {}) });
      return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer['body'] };
    },
    async carry(channel) {
      const lane = { channel, account: 'main' };
      const claimed = await store.outbox.claim({ lane, limit: 100, leaseMs: 1_000, now: clock.now() });
      const settlement = { to: 'sent', vendorId: null, parts: null } as const;
      for (const lease of claimed) {
        const attempt = { ...lane, startedAt: clock.now(), endedAt: clock.now(), outcome: 'accepted' } as const;
        const told = { code: null, detail: null };
        await store.outbox.settle({ lease, attempt: { ...attempt, ...told }, settlement, now: clock.now() });
      }
      return claimed.map(({ content: said, address }) => {
        const { text = '' } = said as { text?: string };
        return { text, address, code: /\d{4,10}/.exec(text)?.[0] ?? '' };
      });
    },
    async tick() {
      await store.outbox.tick({ now: clock.now(), limit: 100, held: [], asked: [] });
    },
    close() {
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const kind: ProviderKind<z.infer<typeof content>> = {
  name: 'named',
  settings: z.strictObject({}),
  secrets: [],
  endpoint: null,
  onUncertain: 'hold',
  open: async () => ({ send: async () => ({ kind: 'accepted', vendorId: null }) }),
};

/** A channel whose addresses are names, under a key of its own. */
function bird(name: string, limits: readonly Limit[]): ChannelSetup {
  const channel: Channel<z.infer<typeof content>> = {
    api: 1,
    name,
    addressKey: `${name}Name`,
    maxAddresses: 1,
    content,
    retry: { maxAttempts: 3, baseMs: 1_000, capMs: 10_000 },
    sandbox: {},
    providers: [kind],
    parseAddress(text) {
      const word = text.trim().toLowerCase();
      return /^[a-z0-9]{1,40}$/.test(word) ? ok(word) : fail({ code: 'invalid_name', detail: 'this is no name' });
    },
    maskAddress: (address) => `${address[0]}***`,
    render: ({ body = '' }, own) => ok({ text: own.text ?? body }),
  };
  const account = {
    channel: name,
    account: 'main',
    provider: { send: async () => ({ kind: 'accepted', vendorId: null }) as const },
    timeoutMs: 1_000,
    concurrency: 1,
    ratePerSecond: null,
    onUncertain: 'hold',
    quotas: limits,
  } as const;
  return {
    channel: defineChannel(channel) as Channel,
    route: { default: ['main'] },
    accounts: new Map([['main', account]]),
  };
}
