import type { Figure } from '../../figure.ts';
import { batchBody, countList, tomorrow } from '../../notification.ts';
import { adminKey, startGateway } from '../../processes/gateway.ts';
import { type LoadPlan, load, type ServedLoad } from '../../processes/load.ts';

const size = 1_000;
/** Four, so that there is always one to check and one to store, whatever the disk is waited for. */
const connections = 4;

export const batch: Figure = {
  name: 'batch',
  about: `notifications accepted through POST /notify/batch, ${size} each, over ${connections} connections`,
  async measure(run) {
    const gateway = await startGateway(run, { folder: run.folder() });
    const body = batchBody(0, size, tomorrow());
    const plan = { port: gateway.port, path: '/notify/batch', key: adminKey, body, firstNumber: 0, connections };
    const once = (seconds: number): Promise<ServedLoad> =>
      load({ ...plan, seconds, rate: null } satisfies LoadPlan, gateway.pid);
    const warmUp = await once(run.effort.warmUpSeconds);
    const loads: ServedLoad[] = [];
    for (let round = 0; round < run.effort.repeats; round++) loads.push(await once(run.effort.seconds));
    const all = [warmUp, ...loads];
    const sum = (count: (load: ServedLoad) => number) => all.reduce((total, each) => total + count(each), 0);
    const answered = sum(({ statuses }) => statuses['202'] ?? 0);
    const found = await countList(gateway, '/notifications');
    await gateway.stop();
    return {
      measurements: [
        {
          what: 'notifications',
          unit: '1/s',
          values: loads.map(({ sent, seconds }) => (sent * size) / seconds),
          goal: 'batch',
        },
        { what: 'one batch, p50', unit: 'ms', values: loads.map(({ p50 }) => p50) },
        { what: 'one batch, longest', unit: 'ms', values: loads.map(({ longest }) => longest) },
        {
          what: 'processor time of the server for a notification',
          unit: 'µs',
          values: loads.map(({ serverSeconds, sent }) => (serverSeconds * 1e6) / (sent * size)),
        },
      ],
      counts: [
        { what: 'batches answered 202', expected: sum(({ sent }) => sent), found: answered },
        { what: 'notifications in the store', expected: answered * size, found },
      ],
    };
  },
};
