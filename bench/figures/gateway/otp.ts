import type { Count, Figure, Measurement, Reading } from '../../figure.ts';
import { codeBody, markedBody, triedCodeBody } from '../../notification.ts';
import { adminKey, type Gateway, startGateway } from '../../processes/gateway.ts';
import { load, type ServedLoad } from '../../processes/load.ts';

const connections = 64;
const drainPatienceMs = 120_000;

/** Something that is asked in turn with others, so that whatever the machine does beside falls on all alike. */
interface Asked {
  readonly name: string;
  readonly path: string;
  readonly body: string;
  /** What an answer that counts has. */
  readonly status: string;
  /** Whether each brings a message, which has to leave before anything else is measured. */
  readonly sends: boolean;
  readonly loads: ServedLoad[];
  sent: number;
  answered: number;
}

export const otp: Figure = {
  name: 'otp',
  about: `durable POST /otp/send at ${connections} connections beside POST /notify, both delivered meanwhile; POST /otp/verify`,
  async measure(run) {
    const gateway = await startGateway(run, { folder: run.folder() });
    const notify = asked('POST /notify', '/notify', markedBody(null), '202', true);
    const send = asked('POST /otp/send', '/otp/send', codeBody(), '202', true);
    const verify = asked('POST /otp/verify, wrong', '/otp/verify', triedCodeBody(), '200', false);
    const all = [notify, send, verify];
    for (const each of all) await loadOnce(each, run.effort.warmUpSeconds, gateway, all);
    for (let round = 0; round < run.effort.rounds; round++) {
      for (const each of all) each.loads.push(await loadOnce(each, run.effort.seconds, gateway, all));
    }
    await gateway.stop();
    return reading(notify, send, verify);
  },
};

function asked(name: string, path: string, body: string, status: string, sends: boolean): Asked {
  return { name, path, body, status, sends, loads: [], sent: 0, answered: 0 };
}

async function loadOnce(each: Asked, seconds: number, gateway: Gateway, all: readonly Asked[]): Promise<ServedLoad> {
  const { path, body, sent: firstNumber } = each;
  const { port, pid } = gateway;
  const result = await load({ port, path, key: adminKey, body, firstNumber, connections, seconds, rate: null }, pid);
  each.sent += result.sent;
  each.answered += result.statuses[each.status] ?? 0;
  const expected = all.reduce((sum, { sends, answered }) => sum + (sends ? answered : 0), 0);
  await drained(gateway, expected);
  return result;
}

async function drained(gateway: Gateway, expected: number): Promise<void> {
  const deadline = performance.now() + drainPatienceMs;
  while ((await gateway.events('delivery.sent')) < expected) {
    if (performance.now() > deadline) throw new Error(`not delivered within ${drainPatienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function reading(notify: Asked, send: Asked, verify: Asked): Reading {
  const all = [notify, send, verify];
  const measurements = all.flatMap(({ name, loads }): readonly Measurement[] => [
    { what: name, unit: '1/s', values: loads.map(perSecond), ...(name === verify.name && { goal: 'otp-verify' }) },
    { what: `${name}, p99`, unit: 'ms', values: loads.map(({ p99 }) => p99) },
  ]);
  const ratio: Measurement = {
    what: `${send.name} : ${notify.name}`,
    unit: 'ratio',
    values: send.loads.map((each, round) => perSecond(each) / perSecond(notify.loads[round] as ServedLoad)),
    goal: 'otp-send',
  };
  const counts = all.map(
    ({ name, status, sent, answered }): Count => ({
      what: `${name}: answered ${status}`,
      expected: sent,
      found: answered,
    }),
  );
  return { measurements: [...measurements, ratio], counts };
}

function perSecond({ sent, seconds }: ServedLoad): number {
  return sent / seconds;
}
