import { join } from 'node:path';
import type { Provider } from '@posthorn/core';
import { dispatcherOf } from '../../../store/dispatch.ts';
import { open as openStore } from '../../../store/open.ts';
import { openRows } from '../../../store/rows.ts';
import type { Job, OpenEngine } from '../engine.ts';

const channel = 'bench';
const lane = { channel, account: 'nobody' };
/** Sends at the same time: what a claim fetches. */
const concurrency = 1_024;
const batchSize = 1_000;

/**
 * One process: the store as `serve` opens it, and the dispatcher as `serve` runs it, with attempts and events, in front of
 * a provider that does nothing. The store has one durability, the strictest.
 */
export const open: OpenEngine = async ({ folder, durability }) => {
  if (durability !== 'power-safe') throw new Error('the store of Posthorn has no weaker durability');
  const store = await openStore(join(folder, 'posthorn.db'));
  const { outbox, defaultProject } = store;
  const rows = openRows(store);
  const plan = { project: defaultProject.key, lane };
  let stored = 0;
  let done = 0;
  return {
    async add(job) {
      stored++;
      const now = Date.now();
      await outbox.accept({ notifications: [notificationOf(job, now)], now });
    },
    async addMany(jobs) {
      stored += jobs.length;
      let next = 0;
      const add = async () => {
        while (next < jobs.length) {
          const now = Date.now();
          const notifications = jobs.slice(next, next + batchSize).map((job) => notificationOf(job, now));
          next += batchSize;
          await outbox.accept({ notifications, now });
        }
      };
      // While one batch is on its way to the disk the next ones are made.
      await Promise.all([add(), add(), add()]);
    },
    async drain(count, took) {
      const provider: Provider<Job> = {
        async send({ id, content }) {
          took(content.number);
          return { kind: 'accepted', vendorId: `bench-${id}` };
        },
      };
      const dispatcher = dispatcherOf(outbox, lane, provider as Provider, concurrency);
      const end = done + count;
      const all = Promise.withResolvers<void>();
      const stopListening = outbox.onCommit(({ events }) => {
        for (const { type } of events) if (type === 'delivery.sent') done++;
        if (done >= end) all.resolve();
      });
      await dispatcher.start();
      await all.promise;
      stopListening();
      await dispatcher.stop(1_000);
    },
    left: async () => stored - done,
    close: async () => store.close(),
  };

  function notificationOf(job: Job, now: number) {
    return { ...rows.make(job.number, plan, now), content: { [channel]: job }, metadata: {} };
  }
};
