import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CallbackReading,
  type CallbackRequest,
  type Channel,
  defineChannel,
  fail,
  type Lane,
  type Outcome,
  type OutgoingDelivery,
  ok,
  type ProviderKind,
} from '@posthorn/core';
import { recordingLogger } from '@posthorn/testkit';
import { z } from 'zod';
import { compose } from '../src/compose.ts';
import { loadConfig } from '../src/config/load.ts';
import { openDataDirectory } from '../src/data-directory.ts';

/** What the vendors of a gateway under test do; a test changes it as it goes. */
interface Vendors {
  send(delivery: OutgoingDelivery, at: Lane): Promise<Outcome> | Outcome;
  /** It may return anything. */
  read(request: CallbackRequest, at: Lane): unknown;
}

/** A whole gateway in this process, with vendors that do as they are told. */
export interface PigeonPost {
  readonly url: string;
  readonly vendors: Vendors;
  readonly log: ReturnType<typeof recordingLogger>;
  /** What each account was told about its callback address, by lane. */
  readonly told: ReadonlyMap<string, string | null>;
  /** With the admin key; `body` becomes JSON. */
  request(
    method: string,
    path: string,
    body?: unknown,
    more?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly body: never }>;
  /** Where an account's vendor reports, on this machine. */
  callbackOf(lane: string): string;
  close(): Promise<void>;
}

const key = 'phk_admin_of-a-test-0123456789abcdefghijklmn';
const publicUrl = 'https://n.example.com/post';

const config = `
server: { port: 0, publicUrl: "${publicUrl}" }
channels:
  pigeon:
    use: ./pigeon.ts
    accounts:
      main: { use: named }
      spare: { use: named }
      traced: { use: traced }
      deaf: { use: deaf }
      single: { use: named, concurrency: 1 }
  owl:
    use: ./owl.ts
    accounts: { main: { use: named } }
`;

export async function pigeonPost(): Promise<PigeonPost> {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-pigeons-'));
  writeFileSync(join(folder, 'posthorn.yaml'), config);
  const vendors: Vendors = {
    send: ({ id }) => ({ kind: 'accepted', vendorId: `v-${id}` }),
    read: () => ({ kind: 'unreadable', detail: 'nothing was expected' }),
  };
  const told = new Map<string, string | null>();
  const env = { POSTHORN_DATA_DIR: join(folder, 'data'), POSTHORN_ADMIN_KEY: key };
  const loaded = await loadConfig({
    file: null,
    env,
    cwd: folder,
    loadChannel: async ({ name }) => ok(birds(name, vendors, told)),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
  const log = recordingLogger();
  const gateway = await compose(loaded.value.config, openDataDirectory(env.POSTHORN_DATA_DIR, key), log);
  const { url } = gateway;
  return {
    url,
    vendors,
    log,
    told,
    async request(method, path, body, more = {}) {
      const headers = { ...more, authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const answer = await fetch(url + path, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: (await answer.json()) as never };
    },
    callbackOf: (lane) => (told.get(lane) ?? '').replace(publicUrl, url),
    async close() {
      await gateway.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const noSettings = z.strictObject({});
const content = z.strictObject({ text: z.string().optional() });
type Content = { readonly text?: string | undefined };

/** A channel whose addresses are names, and whose birds understand STOP and START. */
function birds(name: string, vendors: Vendors, told: Map<string, string | null>): Channel {
  const kind = (called: string, more: Partial<ProviderKind<Content>>, hears = true): ProviderKind<Content> => ({
    name: called,
    settings: noSettings,
    secrets: [],
    endpoint: null,
    onUncertain: 'retry',
    ...more,
    async open(_settings, { account, callbackUrl }) {
      const lane = { channel: name, account };
      told.set(`${name}/${account}`, callbackUrl?.href ?? null);
      return {
        send: async (delivery) => vendors.send(delivery, lane),
        ...(hears && { readCallback: async (request) => vendors.read(request, lane) as CallbackReading }),
      };
    },
  });
  const channel: Channel<Content> = {
    api: 1,
    name,
    addressKey: name === 'owl' ? 'owlery' : 'coop',
    maxAddresses: 10,
    content,
    retry: { maxAttempts: 3, baseMs: 1_000, capMs: 10_000 },
    sandbox: {},
    providers: [kind('named', {}), kind('traced', { receiptsBy: 'vendorId' }), kind('deaf', {}, false)],
    parseAddress(text) {
      const word = text.trim().toLowerCase();
      return /^[a-z0-9]{1,40}$/.test(word) ? ok(word) : fail({ code: 'invalid_coop', detail: 'this is no name' });
    },
    maskAddress: (address) => `${address[0]}***`,
    render: ({ body = '' }, { text = body }) => ok({ text }),
    readReply(text) {
      if (text === 'STOP') return 'unsubscribe';
      return text === 'START' ? 'resubscribe' : null;
    },
  };
  return defineChannel(channel) as Channel;
}
