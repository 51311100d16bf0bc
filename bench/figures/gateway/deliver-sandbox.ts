import { drainBacklog, drainMeasurements } from '../../backlog.ts';
import type { Count, Figure } from '../../figure.ts';
import { countList } from '../../notification.ts';
import { startGateway } from '../../processes/gateway.ts';

export const deliverSandbox: Figure = {
  name: 'deliver-sandbox',
  about: 'deliveries of a waiting backlog to one sandbox account with 32 at a time, the default',
  async measure(run) {
    const size = run.effort.backlog;
    const drains: Awaited<ReturnType<typeof drainBacklog>>[] = [];
    const counts: Count[] = [];
    for (let round = 0; round < run.effort.repeats; round++) {
      const gateway = await startGateway(run, { folder: run.folder() });
      drains.push(await drainBacklog(gateway, size, null));
      const sent = await countList(gateway, '/notifications?status=sent');
      const kept = await countList(gateway, '/sandbox/messages');
      counts.push({ what: `round ${round + 1}: notifications sent`, expected: size, found: sent });
      counts.push({ what: `round ${round + 1}: messages in the sandbox`, expected: size, found: kept });
      await gateway.stop();
    }
    return { measurements: drainMeasurements(drains), counts };
  },
};
