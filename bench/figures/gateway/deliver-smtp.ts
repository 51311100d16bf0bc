import { drainBacklog, drainMeasurements } from '../../backlog.ts';
import type { Count, Figure } from '../../figure.ts';
import { countList } from '../../notification.ts';
import { startChild } from '../../processes/child.ts';
import { startGateway } from '../../processes/gateway.ts';

interface Taken {
  readonly messages: number;
  readonly distinct: number;
}

const patienceMs = 10_000;

export const deliverSmtp: Figure = {
  name: 'deliver-smtp',
  about: 'deliveries of a waiting backlog by SMTP to a mail server in a process of its own, 32 at a time, the default',
  async measure(run) {
    const size = run.effort.backlog;
    const drains: Awaited<ReturnType<typeof drainBacklog>>[] = [];
    const counts: Count[] = [];
    for (let round = 0; round < run.effort.repeats; round++) {
      const mail = startChild(new URL('../../processes/mail-server.ts', import.meta.url));
      const { port } = await mail.ask<{ port: number }>({}, patienceMs);
      const gateway = await startGateway(run, { folder: run.folder(), config: configFor(port) });
      drains.push(await drainBacklog(gateway, size, mail.pid));
      const sent = await countList(gateway, '/notifications?status=sent');
      const { messages, distinct } = await mail.ask<Taken>({}, patienceMs);
      counts.push({ what: `round ${round + 1}: notifications sent`, expected: size, found: sent });
      counts.push({ what: `round ${round + 1}: messages at the mail server`, expected: size, found: messages });
      counts.push({ what: `round ${round + 1}: distinct messages there`, expected: size, found: distinct });
      await gateway.stop();
      await mail.end();
    }
    const busy = drains.map(({ takerShare }) => (takerShare ?? 0) * 100);
    return {
      measurements: [...drainMeasurements(drains), { what: 'the mail server was busy', unit: '%', values: busy }],
      counts,
    };
  },
};

function configFor(port: number): string {
  const account = `{ use: smtp, host: 127.0.0.1, port: ${port}, tls: none, from: bench@example.com }`;
  return `channels:\n  email:\n    accounts:\n      relay: ${account}\n`;
}
