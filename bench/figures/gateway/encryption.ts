import type { Count, Figure, Measurement, Run } from '../../figure.ts';
import { countList, markedBody, tomorrow } from '../../notification.ts';
import { adminKey, type Gateway, startGateway } from '../../processes/gateway.ts';
import { type LoadPlan, load, type ServedLoad } from '../../processes/load.ts';

/** The program as it is, or the same with its cipher taken out. */
interface Contender {
  readonly name: string;
  readonly gateway: Gateway;
  readonly loads: ServedLoad[];
  sent: number;
  accepted: number;
}

/** As in the figure `accept`. */
const connections = 64;
const preload = new URL('../../processes/unsealed/preload.ts', import.meta.url).href;

export const encryption: Figure = {
  name: 'encryption',
  about: 'what sealing at rest costs: POST /notify of the program, in turns with the same program without its cipher',
  async measure(run) {
    const sealed = await contender(run, 'sealed', []);
    const plain = await contender(run, 'plain', [preload]);
    for (const each of [sealed, plain]) await loadOnce(each, run.effort.warmUpSeconds);
    for (let round = 0; round < run.effort.rounds; round++) {
      // Each comes first as often.
      for (const each of round % 2 === 0 ? [sealed, plain] : [plain, sealed])
        each.loads.push(await loadOnce(each, run.effort.seconds));
    }
    const measurements = [sealed, plain].flatMap(({ name, loads }): readonly Measurement[] => [
      { what: `POST /notify, ${name}`, unit: '1/s', values: loads.map(({ sent, seconds }) => sent / seconds) },
      { what: `POST /notify, ${name}, processor time each`, unit: 'µs', values: loads.map(microseconds) },
    ]);
    const costs = sealed.loads.map(
      (each, round) => (microseconds(each) / microseconds(plain.loads[round] as ServedLoad) - 1) * 100,
    );
    return {
      measurements: [
        ...measurements,
        { what: 'processor time that sealing adds', unit: '%', values: costs, goal: 'encryption' },
      ],
      counts: [await countOf(sealed), await countOf(plain)],
    };
  },
};

async function contender(run: Run, name: string, preloads: readonly string[]): Promise<Contender> {
  return {
    name,
    gateway: await startGateway(run, { folder: run.folder(), preloads }),
    loads: [],
    sent: 0,
    accepted: 0,
  };
}

async function loadOnce(target: Contender, seconds: number): Promise<ServedLoad> {
  const { port, pid } = target.gateway;
  const body = markedBody(tomorrow());
  const plan: LoadPlan = {
    port,
    path: '/notify',
    key: adminKey,
    body,
    firstNumber: target.sent,
    connections,
    seconds,
    rate: null,
  };
  const result = await load(plan, pid);
  target.sent += result.sent;
  target.accepted += result.statuses['202'] ?? 0;
  return result;
}

function microseconds({ serverSeconds, sent }: ServedLoad): number {
  return (serverSeconds / sent) * 1e6;
}

async function countOf({ name, gateway, accepted }: Contender): Promise<Count> {
  const found = await countList(gateway, '/notifications');
  await gateway.stop();
  return { what: `${name}: answered 202 and in the store`, expected: accepted, found };
}
