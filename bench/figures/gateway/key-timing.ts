import { Agent } from 'node:http';
import type { Figure } from '../../figure.ts';
import { adminKey, type Gateway, startGateway } from '../../processes/gateway.ts';
import { type Timed, timed } from '../../processes/timed.ts';
import { median } from '../../statistics.ts';

/** Whoever guesses keys is slowed down by its address: a proxy that is believed lets each guess come from another. */
const config = 'server: { trustedProxies: [127.0.0.1] }\n';
const samples = 2_000;
const warmUp = 500;

/** Keys that are all wrong, from hardly to nearly right. */
const guesses: readonly string[] = [
  `x${adminKey.slice(1)}`,
  `${adminKey.slice(0, adminKey.length / 2)}${'x'.repeat(adminKey.length / 2)}`,
  `${adminKey.slice(0, -1)}x`,
  `phk_other_${'x'.repeat(adminKey.length - 'phk_other_'.length)}`,
];

export const keyTiming: Figure = {
  name: 'key-timing',
  about: 'whether the time until a wrong key is refused tells how much of it is right',
  async measure(run) {
    const gateway = await startGateway(run, { folder: run.folder(), config });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const times = guesses.map((): number[] => []);
    let refused = 0;
    for (let turn = -warmUp; turn < samples; turn++) {
      // The guesses take turns, and begin with another each time: a slow moment falls on all.
      for (let step = 0; step < guesses.length; step++) {
        const which = (((turn + step) % guesses.length) + guesses.length) % guesses.length;
        const { status, microseconds } = await refusal(
          gateway,
          agent,
          guesses[which] ?? '',
          turn * guesses.length + step,
        );
        if (turn < 0) continue;
        times[which]?.push(microseconds);
        refused += status === 401 ? 1 : 0;
      }
    }
    agent.destroy();
    await gateway.stop();
    const medians = times.map(median);
    const spread = Math.max(...medians) - Math.min(...medians);
    return {
      measurements: [
        { what: 'until a wrong key is refused', unit: 'µs', values: times.flat() },
        {
          what: 'difference of the medians',
          unit: '%',
          values: [(100 * spread) / median(medians)],
          goal: 'key-timing',
        },
      ],
      counts: [{ what: 'refused with 401', expected: samples * guesses.length, found: refused }],
    };
  },
};

function refusal({ port }: Gateway, agent: Agent, key: string, place: number): Promise<Timed> {
  const source = place + 1_000_000;
  const headers = {
    authorization: `Bearer ${key}`,
    'x-forwarded-for': `10.${(source >> 16) & 255}.${(source >> 8) & 255}.${source & 255}`,
  };
  return timed({ agent, port, method: 'GET', path: '/notifications', headers });
}
