import { afterAll, expect, it } from 'vitest';
import { type Accepted, client, eventually } from '../api.ts';
import { type Answer, endGateways, type GatewayProcess } from '../gateway-process.ts';
import { chance } from './chance.ts';
import { type Acked, ackedBy, type Message, post, startClients } from './clients.ts';
import { readEndings } from './evidence/endings.ts';
import { judge } from './evidence/invariants.ts';
import { integrityOf, openSite, type Site, storeOf } from './site.ts';
import type { Guarantee } from './vendor/ledger.ts';

afterAll(endGateways);

/** A multiple of all pairs of a window and a guarantee. */
const kills = 12;
const settleMs = 60_000;
const guarantees: readonly Guarantee[] = ['at-least-once', 'at-most-once'];

/**
 * Where a call stands when the process dies. Before the answer: it is stored, and its caller does not know. Before the
 * vendor: it is claimed, and nobody was called. After the vendor: it has arrived, and that is not stored.
 */
const windows = ['before-answer', 'before-vendor', 'after-vendor'] as const;
type Window = (typeof windows)[number];
type VendorWindow = Exclude<Window, 'before-answer'>;

/** How a call that was at the vendor's door ends, and how often it has arrived by then. */
const ends: Readonly<Record<VendorWindow, Readonly<Record<Guarantee, readonly [status: string, copies: number]>>>> = {
  'before-vendor': { 'at-least-once': ['sent', 1], 'at-most-once': ['uncertain', 0] },
  'after-vendor': { 'at-least-once': ['sent', 2], 'at-most-once': ['uncertain', 1] },
};

/** The calls of one kill: some stand in every window, and one of them, by turns, brings the process down. */
interface Cast {
  readonly unanswered: Message;
  readonly atVendor: readonly Message[];
  /** The last to come. */
  readonly killer: Window;
}

function castOf(number: number): Cast {
  const killer = windows[number % windows.length] as Window;
  const guarantee = guarantees[Math.floor(number / windows.length) % guarantees.length] as Guarantee;
  const hanging = (['before-vendor', 'after-vendor'] as const).flatMap((window) =>
    guarantees.map((each) => ({ key: `${window}-${each}-${number}`, guarantee: each, hangs: window })),
  );
  const dying = killer === 'before-answer' ? [] : [{ key: `killer-${number}`, guarantee, dies: killer }];
  return { unanswered: { key: `unanswered-${number}`, guarantee }, atVendor: [...hanging, ...dying], killer };
}

const windowOf = ({ hangs, dies }: Message) => (hangs ?? dies) as VendorWindow;
const arrivals = ({ ledger }: Site, wanted: string) => ledger.entries().filter(({ key }) => key === wanted).length;
const stored = (gateway: GatewayProcess, { key }: Message) =>
  client(gateway).list<{ readonly id: string }>(`/notifications?metadata.key=${key}`);

/** Brings every call to its place, and resolves when the process is gone. */
async function play(site: Site, gateway: GatewayProcess, { unanswered, atVendor, killer }: Cast): Promise<void> {
  for (const message of atVendor.filter(({ hangs }) => hangs !== undefined)) {
    const { body } = answered(await post(gateway, message));
    if (message.hangs === 'after-vendor') await eventually(() => arrivals(site, message.key) === 1 || undefined);
    else await client(gateway).when(body.id, ({ status }) => status === 'sending');
  }
  const unheard = post(gateway, unanswered, { 'x-before-answer': killer === 'before-answer' ? 'dies' : 'hangs' });
  const dying = atVendor.find(({ dies }) => dies !== undefined);
  if (dying !== undefined) {
    await eventually(async () => ((await stored(gateway, unanswered)).length === 1 ? true : undefined));
    // Its own answer may or may not come before the end.
    await post(gateway, dying);
  }
  expect((await gateway.exited).signal).toBe('SIGKILL');
  expect(await unheard).toBe(null);
}

/** What the next run knows of them. Everyone asks again; what they were told is returned. */
async function aftermath(site: Site, gateway: GatewayProcess, { unanswered, atVendor }: Cast): Promise<Acked[]> {
  const kept = await stored(gateway, unanswered);
  const late = ackedBy(unanswered, answered(await post(gateway, unanswered)));
  expect([late.replayed, kept.map(({ id }) => id)]).toEqual([true, [late.notification]]);
  const calls = [late];
  for (const message of atVendor) {
    const call = ackedBy(message, answered(await post(gateway, message)));
    calls.push(call);
    const { status } = await client(gateway).settled(call.notification, settleMs);
    const seen = { key: message.key, end: [status, arrivals(site, message.key)] };
    expect(seen).toEqual({ key: message.key, end: ends[windowOf(message)][message.guarantee] });
  }
  return calls;
}

function answered(answer: Answer<Accepted> | null): Answer<Accepted> {
  if (answer?.status !== 202) throw new Error(`not accepted: ${JSON.stringify(answer)}`);
  return answer;
}

it(`${kills} kills with calls in every window: before the answer, before the vendor, after it`, {
  timeout: 300_000,
}, async () => {
  const site = await openSite(16);
  const { ledger, concurrency } = site;
  const killed = new Set<number>();
  const bystanders: Acked[] = [];
  let gateway = await site.start();
  const load = startClients(() => gateway, { clients: 2, restMs: 50, holdMs: 10, chance: chance(1) });
  for (let number = 0; number < kills; number++) {
    const cast = castOf(number);
    await play(site, gateway, cast);
    killed.add(site.runs());
    if (number % 10 === 9) expect(integrityOf(storeOf(site))).toBe('ok');
    gateway = await site.start();
    bystanders.push(...(await aftermath(site, gateway, cast)));
  }
  await load.stop();
  const endings = await readEndings(gateway, settleMs);
  const acked = [...load.acked, ...bystanders];
  const { violations } = judge({ acked, endings, entries: ledger.entries(), killed, concurrency });
  expect([...load.refusals, ...violations]).toEqual([]);
  gateway.kill('SIGKILL');
  await gateway.exited;
  await site.close();
});
