import { PgBoss } from 'pg-boss';
import type { Job, OpenEngine } from '../engine.ts';

const name = 'bench';
const batchSize = 100;
const loops = 4;

/** Four loops in one process, each fetches 100 jobs and completes them together. */
export const open: OpenEngine = async ({ socket }) => {
  const boss = new PgBoss({
    host: socket as string,
    user: 'postgres',
    database: 'postgres',
    supervise: false,
    schedule: false,
  });
  boss.on('error', console.error);
  await boss.start();
  await boss.createQueue(name);
  return {
    add: async (job) => void (await boss.send(name, job)),
    addMany: async (jobs) =>
      void (await boss.insert(
        name,
        jobs.map((data) => ({ data })),
      )),
    async drain(_count, took) {
      const loop = async () => {
        for (;;) {
          const jobs = await boss.fetch<Job>(name, { batchSize });
          if (jobs.length === 0) return;
          for (const { data } of jobs) took(data.number);
          await boss.complete(
            name,
            jobs.map(({ id }) => id),
          );
        }
      };
      await Promise.all(Array.from({ length: loops }, loop));
    },
    async left() {
      const sql = "SELECT count(*)::int AS count FROM pgboss.job WHERE name = $1 AND state <> 'completed'";
      const { rows } = (await boss.getDb().executeSql(sql, [name])) as { rows: readonly { count: number }[] };
      return rows[0]?.count ?? Number.NaN;
    },
    close: () => boss.stop({ graceful: false }),
  };
};
