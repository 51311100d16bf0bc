import { Queue, Worker } from 'bullmq';
import type { Job, OpenEngine } from '../engine.ts';

const name = 'bench';

/** One process with 100 jobs at a time; done jobs are removed, as its guide to production advises. */
export const open: OpenEngine = async ({ socket }) => {
  const connection = { path: socket as string, maxRetriesPerRequest: null };
  const queue = new Queue<Job>(name, { connection, defaultJobOptions: { removeOnComplete: true } });
  await queue.waitUntilReady();
  return {
    add: async (job) => void (await queue.add(name, job)),
    addMany: async (jobs) => void (await queue.addBulk(jobs.map((data) => ({ name, data })))),
    async drain(expected, took) {
      const worker = new Worker<Job>(name, async ({ data }) => took(data.number), {
        connection,
        concurrency: 100,
        autorun: false,
      });
      await worker.waitUntilReady();
      let done = 0;
      await new Promise<void>((resolve, reject) => {
        // Told when Redis has answered that the job is completed.
        worker.on('completed', () => {
          done++;
          if (done === expected) resolve();
        });
        worker.on('error', reject);
        worker.run().catch(reject);
      });
      await worker.close();
    },
    async left() {
      const counts = await queue.getJobCounts();
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    },
    close: () => queue.close(),
  };
};
