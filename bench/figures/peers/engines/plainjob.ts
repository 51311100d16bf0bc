import { join } from 'node:path';
import Database from 'better-sqlite3';
import { better, defineQueue, defineWorker, JobStatus } from 'plainjob';
import type { Job, OpenEngine } from '../engine.ts';

const type = 'bench';
const quiet = { error: console.error, warn: console.error, info() {}, debug() {} };

/** One process, one job at a time, as its worker works. It sets `synchronous = NORMAL` itself, so FULL is said after it. */
export const open: OpenEngine = async ({ folder, durability }) => {
  const connection = better(new Database(join(folder, 'plainjob.db')));
  const queue = defineQueue({ connection, logger: quiet });
  if (durability === 'power-safe') connection.pragma('synchronous = 2');
  const count = (status: JobStatus) => queue.countJobs({ status });
  return {
    add: async (job) => void queue.add(type, job),
    addMany: async (jobs) => void queue.addMany(type, [...jobs]),
    async drain(expected, took) {
      let done = 0;
      const worker = defineWorker(type, ({ data }) => took((JSON.parse(data) as Job).number), {
        queue,
        logger: quiet,
        onCompleted() {
          done++;
          if (done === expected) void worker.stop();
        },
      });
      await worker.start();
    },
    left: async () => count(JobStatus.Pending) + count(JobStatus.Processing) + count(JobStatus.Failed),
    close: async () => queue.close(),
  };
};
