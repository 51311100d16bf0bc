import { Agent } from 'node:http';
import type { Figure } from '../../figure.ts';
import { adminKey, type Gateway, startGateway } from '../../processes/gateway.ts';
import { timed } from '../../processes/timed.ts';
import { median } from '../../statistics.ts';

const samples = 2_000;
const warmUp = 300;
/** As much work as a figure has to do beforehand at once. */
const atOnce = 50;

/** Two crowds of addresses that look alike: each of the first has an open code. */
const crowds = ['codeful', 'codeless'] as const;
const addressOf = (crowd: (typeof crowds)[number], place: number) =>
  `${String(place).padStart(5, '0')}@${crowd.padEnd(8, 'x')}.example`;

export const codeTiming: Figure = {
  name: 'code-timing',
  about: 'whether the answer to a wrong code, or its time, tells that an address has a code',
  async measure(run) {
    const gateway = await startGateway(run, { folder: run.folder() });
    await sendCodes(gateway, warmUp + samples);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const times = crowds.map((): number[] => []);
    const texts = new Set<string>();
    let answered = 0;
    for (let place = 0; place < warmUp + samples; place++) {
      // They take turns, and begin with another each time: a slow moment falls on both.
      for (let step = 0; step < crowds.length; step++) {
        const which = (place + step) % crowds.length;
        const { status, text, microseconds } = await timed({
          ...called(gateway, agent, '/otp/verify'),
          body: JSON.stringify({
            to: { email: addressOf(crowds[which] ?? 'codeful', place) },
            purpose: 'login',
            // Shorter than the codes that were sent, so that none of them is right by chance.
            code: '000000',
          }),
        });
        if (place < warmUp) continue;
        times[which]?.push(microseconds);
        texts.add(text);
        answered += status === 200 ? 1 : 0;
      }
    }
    agent.destroy();
    await gateway.stop();
    const medians = times.map(median);
    const spread = Math.max(...medians) - Math.min(...medians);
    return {
      measurements: [
        { what: 'until a wrong code is answered', unit: 'µs', values: times.flat() },
        {
          what: 'difference of the medians',
          unit: '%',
          values: [(100 * spread) / median(medians)],
          goal: 'code-timing',
        },
      ],
      counts: [
        { what: 'answered with 200', expected: samples * crowds.length, found: answered },
        { what: 'different answers', expected: 1, found: texts.size },
      ],
    };
  },
};

async function sendCodes(gateway: Gateway, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  for (let first = 0; first < count; first += atOnce) {
    const places = Array.from({ length: Math.min(atOnce, count - first) }, (_, place) => first + place);
    const sent = await Promise.all(
      places.map((place) =>
        timed({
          ...called(gateway, agent, '/otp/send'),
          body: JSON.stringify({ to: { email: addressOf('codeful', place) }, purpose: 'login', length: 10 }),
        }),
      ),
    );
    const refused = sent.find(({ status }) => status !== 202);
    if (refused !== undefined) throw new Error(`a code was not sent: ${refused.status} ${refused.text}`);
  }
  agent.destroy();
}

function called({ port }: Gateway, agent: Agent, path: string) {
  const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
  return { agent, port, method: 'POST', path, headers } as const;
}
