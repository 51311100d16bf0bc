import assert from 'node:assert/strict';
import { type Claimed, deliveryId, type IdMint, idMint, type Lane, type Settlement } from '@posthorn/core';
import { sampleNotification } from '@posthorn/testkit';
import fc from 'fast-check';
import { it } from 'vitest';
import { type Model, type ModelDelivery, openModel, statusOf } from '../doubles/model.ts';
import { dawn, type StoreFixture, storeFixture, waysToOpen } from '../doubles/temporary-store.ts';

/** Random histories against a store and against the model; after each command both must show the same world. */
interface World {
  readonly store: StoreFixture;
  readonly ports: Pick<StoreFixture, 'outbox' | 'reader'>;
  readonly model: Model;
  readonly mint: IdMint;
  /** Every lease that was ever given, also those that were lost. */
  readonly leases: Claimed[];
  readonly now: number;
}

const lanes: readonly Lane[] = [
  { channel: 'sms', account: 'a' },
  { channel: 'sms', account: 'b' },
  { channel: 'push', account: 'a' },
];
const second = 1_000;
const leaseMs = 5 * second;

const lane = fc.constantFrom(...lanes);
const place = fc.nat({ max: 30 });
const soon = fc.integer({ min: 1, max: 12 }).map((seconds) => seconds * second);
const rarely = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 1, nil: null });

const step = fc.record({
  lane,
  addresses: fc.integer({ min: 1, max: 2 }),
  withinMs: rarely(soon),
  until: fc.constantFrom('sent', 'sent', 'delivered'),
} as const);
const accept = fc.record({
  do: fc.constant('accept'),
  steps: fc.array(step, { minLength: 1, maxLength: 3 }),
  broadcast: fc.boolean(),
  once: fc.boolean(),
  priority: fc.constantFrom('critical', 'normal', 'bulk'),
  dueIn: rarely(soon),
  expiresIn: rarely(soon),
  orderingKey: fc.option(fc.constantFrom('k', 'l'), { nil: null }),
  stranger: fc.boolean(),
} as const);
const settle = fc.record({
  do: fc.constant('settle'),
  lease: place,
  to: fc.constantFrom('sent', 'sent', 'failed', 'dead', 'uncertain', 'expired', 'retrying', 'parked', 'queued'),
  tried: fc.constantFrom('certain', 'uncertain', 'nothing'),
  lane,
  in: soon,
  spent: fc.boolean(),
} as const);
const command = fc.oneof(
  { weight: 4, arbitrary: accept },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('claim'), lane, limit: fc.integer({ min: 1, max: 4 }) } as const) },
  { weight: 6, arbitrary: settle },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('tick'), ms: fc.oneof(fc.constant(0), soon), held: fc.subarray([...lanes]) } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('receive'), delivery: place, status: fc.constantFrom('delivered', 'undelivered') } as const) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('hear'), delivery: place, lane, status: fc.constantFrom('delivered', 'undelivered') } as const) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel'), notification: place } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('requeue'), delivery: place } as const) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('renew'), lease: place } as const) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen') } as const) },
); // biome-ignore format: a table
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;
type Of<Name extends Command['do']> = Extract<Command, { do: Name }>;

it('shows the same world as a simple model, whatever happens', { timeout: 60_000 }, async () => {
  const history = fc.array(command, { minLength: 10, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(history, async (commands) => {
      const store = await storeFixture(waysToOpen.embedded);
      try {
        let world: World = { store, ports: store, model: openModel(), mint: idMint(), leases: [], now: dawn };
        for (const one of commands) {
          world = await play(world, one);
          compare(world);
        }
      } finally {
        await store.close();
      }
    }),
    { numRuns: 80, interruptAfterTimeLimit: 9_000, markInterruptAsFailure: false },
  );
});

async function play(world: World, one: Command): Promise<World> {
  switch (one.do) {
    case 'accept':
      await playAccept(world, one);
      return world;
    case 'claim':
      await playClaim(world, one);
      return world;
    case 'settle':
      await playSettle(world, one);
      return world;
    case 'tick': {
      const now = world.now + one.ms;
      world.model.tick(now, one.held);
      await world.ports.outbox.tick({ now, limit: 1_000, held: one.held, asked: [] });
      return { ...world, now };
    }
    case 'reopen':
      world.model.crash();
      return { ...world, ports: await world.store.reopen() };
    default:
      await playOther(world, one);
      return world;
  }
}

/** Room on the line of ids for the most that a notification here has. */
const mostDeliveries = 16;

async function playAccept({ ports, store, model, mint, now }: World, one: Of<'accept'>): Promise<void> {
  const item = sampleNotification(
    mint.notification(now, mostDeliveries),
    one.stranger ? store.stranger : store.project,
    {
      steps: one.steps.map(({ lane: own, addresses, withinMs, until }) => ({
        lane: own,
        addresses: ['x', 'y'].slice(0, addresses),
        until,
        ...(withinMs === null ? {} : { withinMs }),
      })),
      strategy: one.broadcast ? 'broadcast' : 'fallback',
      guarantee: one.once ? 'at-most-once' : 'at-least-once',
      priority: one.priority,
      dueAt: one.dueIn === null ? null : now + one.dueIn,
      expiresAt: one.expiresIn === null ? null : now + one.expiresIn,
      orderingKey: one.orderingKey,
    },
  );
  model.accept(item, now);
  assert.deepEqual(await ports.outbox.accept({ notifications: [item], now }), [{ kind: 'accepted' }]);
}

/** Critical ones first, but for the one in eight that the others are owed; of a project's others the most urgent first. */
function checkUrgency(candidates: readonly ModelDelivery[], taken: readonly ModelDelivery[], limit: number): void {
  const isCritical = ({ of }: ModelDelivery) => of.priority === 'critical';
  const order = ({ of }: ModelDelivery) => ['critical', 'high', 'normal', 'bulk'].indexOf(of.priority);
  if (candidates.some((delivery) => isCritical(delivery) && !taken.includes(delivery))) {
    const others = taken.filter((delivery) => !isCritical(delivery)).length;
    assert.ok(others <= Math.floor((7 + limit) / 8), 'something less urgent was claimed');
  }
  for (const project of new Set(taken.map(({ of }) => of.project))) {
    for (const critical of [true, false]) {
      const crowd = (list: readonly ModelDelivery[]) =>
        list.filter((delivery) => delivery.of.project === project && isCritical(delivery) === critical);
      const expected = crowd(candidates).toSorted((a, b) => order(a) - order(b) || a.place - b.place);
      const found = crowd(taken).toSorted((a, b) => order(a) - order(b) || a.place - b.place);
      assert.deepEqual(found, expected.slice(0, found.length), 'the most urgent and oldest of a project goes first');
    }
  }
}

/** Which project goes first is the store's affair: the model checks what was claimed and follows. */
async function playClaim({ ports, model, leases, now }: World, one: Of<'claim'>): Promise<void> {
  const candidates = model.claimable(one.lane, now);
  const claimed = await ports.outbox.claim({ lane: one.lane, limit: one.limit, leaseMs, now });
  assert.equal(claimed.length, Math.min(one.limit, candidates.length), 'a claim takes as many as there are');
  const taken = claimed.map((lease) => {
    const found = candidates.find(({ of, ordinal }) => deliveryId(of.id, ordinal) === lease.id);
    assert.ok(found, `${lease.id} was claimed and was not claimable`);
    return found;
  });
  assert.equal(new Set(taken).size, taken.length, 'a delivery was claimed twice');
  checkUrgency(candidates, taken, one.limit);
  claimed.forEach((lease, at) => {
    model.claim(taken[at] as ModelDelivery, now + leaseMs);
    assert.deepEqual([lease.token, lease.attempt], [taken[at]?.token, taken[at]?.attempts]);
  });
  leases.push(...claimed);
}

async function playSettle({ ports, model, leases, now }: World, one: Of<'settle'>): Promise<void> {
  const lease = leases.at(-1 - (one.lease % Math.max(1, leases.length)));
  if (lease === undefined) return;
  const { channel, account } = lease;
  const settlement = settlementOf(one, channel, now);
  const outcome = one.tried === 'uncertain' ? 'uncertain' : 'deferred';
  const record = { channel, account, startedAt: now, endedAt: now, outcome, code: null, detail: null } as const;
  const attempt = one.tried === 'nothing' ? null : record;
  const expected = model.settle(lease, one.tried, settlement, now);
  const { id, delivery, token } = lease;
  assert.equal(await ports.outbox.settle({ lease: { id, delivery, token }, attempt, settlement, now }), expected);
}

function settlementOf(one: Of<'settle'>, channel: string, now: number): Settlement {
  const account = one.lane.channel === channel ? one.lane.account : 'a';
  const said = { code: 'c', detail: 'd' };
  switch (one.to) {
    case 'sent':
      return { to: 'sent', vendorId: 'v', parts: null };
    case 'retrying':
    case 'parked':
      return { to: one.to, at: now + one.in, account, ...said };
    case 'queued':
      return { to: 'queued', account, spent: one.spent, ...said };
    default:
      return { to: one.to, ...said };
  }
}

async function playOther(
  { ports, model, leases, now }: World,
  one: Of<'receive' | 'hear' | 'cancel' | 'requeue' | 'renew'>,
): Promise<void> {
  const deliveries = model.notifications.flatMap((notification) => notification.deliveries);
  if (one.do === 'receive') {
    const delivery = deliveries[one.delivery % Math.max(1, deliveries.length)];
    if (delivery === undefined) return;
    const receipt = { status: one.status, code: null, detail: null, at: now };
    const id = deliveryId(delivery.of.id, delivery.ordinal);
    assert.equal(await ports.outbox.receive({ delivery: id, receipt, now }), model.receive(delivery, one.status, now));
  } else if (one.do === 'hear') {
    const found = deliveries[one.delivery % Math.max(1, deliveries.length)];
    if (found === undefined) return;
    const receipt = { status: one.status, code: null, detail: null, at: now };
    const named = { delivery: deliveryId(found.of.id, found.ordinal), vendorId: null, parts: null, part: null };
    const news = { kind: 'receipt', ...named, receipt, suppress: null, masked: null } as const;
    const heard = await ports.outbox.hear({ lane: one.lane, traced: false, news: [news], now });
    assert.deepEqual(heard, [model.hear(found, one.lane, one.status, now)]);
  } else if (one.do === 'requeue') {
    const found = deliveries[one.delivery % Math.max(1, deliveries.length)];
    if (found === undefined) return;
    const input = { project: found.of.project, delivery: deliveryId(found.of.id, found.ordinal), now };
    assert.equal(await ports.outbox.requeue(input), model.requeue(found, now));
  } else if (one.do === 'cancel') {
    const found = model.notifications[one.notification % Math.max(1, model.notifications.length)];
    if (found === undefined) return;
    const { project, id } = found.item;
    assert.equal(await ports.outbox.cancel({ project, notification: id, now }), model.cancel(found, now));
  } else {
    const lease = leases[one.lease % Math.max(1, leases.length)];
    if (lease === undefined) return;
    model.renew(lease, now + leaseMs);
    await ports.outbox.renew({ leases: [lease], leaseMs, now });
  }
}

function compare({ ports, model }: World): void {
  for (const notification of model.notifications) {
    const { project, id } = notification.item;
    const view = ports.reader.notification(project, id);
    assert.ok(view, 'an accepted notification cannot be read');
    const real = view.deliveries.map(({ status, attempts, account, nextAttemptAt }) => ({
      status,
      attempts,
      account,
      nextAttemptAt,
    }));
    const wanted = notification.deliveries.map(({ state, attempts, account, dueAt }) => ({
      status: state,
      attempts,
      account,
      nextAttemptAt: dueAt,
    }));
    assert.deepEqual({ status: view.status, deliveries: real }, { status: statusOf(notification), deliveries: wanted });
  }
  const queued = model.notifications.flatMap(({ deliveries }) => deliveries).filter(({ state }) => state === 'queued');
  const backlog = ports.reader.backlog().reduce((sum, one) => sum + one.queued, 0);
  assert.equal(backlog, queued.length, 'the queue holds something else');
}
