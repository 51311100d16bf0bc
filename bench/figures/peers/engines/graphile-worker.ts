import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import type { Job, OpenEngine } from '../engine.ts';

const identifier = 'bench';
const logger = new Logger(() => (level, message) => {
  if (level === 'error') console.error(message);
});
const lookEveryMs = 5;

/** One process with 24 jobs at a time, 500 fetched at once and completions batched: the settings of its own performance page. */
export const open: OpenEngine = async ({ socket }) => {
  const connectionString = `postgres://postgres@/postgres?host=${encodeURIComponent(socket as string)}`;
  const options = { connectionString, logger };
  const utils = await makeWorkerUtils(options);
  await utils.migrate();
  const left = () =>
    utils.withPgClient(async (client) => {
      const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM graphile_worker.jobs');
      return rows[0]?.count ?? Number.NaN;
    });
  return {
    left,
    add: async (payload) => void (await utils.addJob(identifier, payload)),
    addMany: async (jobs) => void (await utils.addJobs(jobs.map((payload) => ({ identifier, payload })))),
    async drain(expected, took) {
      const all = Promise.withResolvers<void>();
      let done = 0;
      const task = (payload: unknown) => {
        took((payload as Job).number);
        done++;
        if (done === expected) all.resolve();
      };
      const worker = {
        ...options,
        concurrentJobs: 24,
        maxPoolSize: 26,
        localQueue: { size: 500 },
        completeJobBatchDelay: 0,
      };
      const runner = await run({
        preset: { worker },
        taskList: { [identifier]: task },
        parsedCronItems: [],
        noHandleSignals: true,
      });
      runner.promise.catch(all.reject);
      await all.promise;
      // A done job is deleted, a little later than it was done.
      while ((await left()) > 0) await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
      await runner.stop();
    },
    close: async () => utils.release(),
  };
};
