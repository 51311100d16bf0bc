import type { Count, Figure, Measurement, Run } from '../../figure.ts';
import { type Child, startChild } from '../../processes/child.ts';
import { type Contender, inFlight, type Race } from './race.ts';
import { apns } from './vendors/apns.ts';
import { fcm } from './vendors/fcm.ts';
import { robotRaces } from './vendors/robots.ts';
import { smsRaces } from './vendors/sms.ts';
import { smtp } from './vendors/smtp.ts';
import { webhook } from './vendors/webhook.ts';
import { webpush } from './vendors/webpush.ts';

const races: readonly Race[] = [...smsRaces, smtp, fcm, apns, webpush, ...robotRaces, webhook];
const patienceMs = 20_000;
/** Short and many: both get the same share of whatever else the machine does. */
const turnsOfRound = 2;

export const providers: Figure = {
  name: 'providers',
  about: `each provider beside the bare SDK or client of its vendor, ${inFlight} in flight, against a double in a process of its own`,
  async measure(run) {
    const measurements: Measurement[] = [];
    const counts: Count[] = [];
    for (const race of races) {
      const result = await measureRace(race, run);
      measurements.push(...result.measurements);
      counts.push(result.count);
    }
    return { measurements, counts };
  },
};

interface Turn {
  readonly messages: number;
  readonly rate: number;
  /** Processor time of this process for one message, in microseconds. */
  readonly cost: number;
}

async function measureRace({ name, beside, goal, vendor, open }: Race, { effort }: Run) {
  const double = startChild(
    new URL(vendor === null ? '../../processes/mail-server.ts' : '../../processes/vendor-server.ts', import.meta.url),
  );
  const { port } = await double.ask<{ port: number }>(vendor ?? {}, patienceMs);
  const contenders = await open(port);
  let sent = 0;
  const turn = async (contender: Contender, seconds: number) => {
    const result = await takeTurn(contender, sent, seconds);
    sent += result.messages;
    return result;
  };
  const bare: Turn[] = [];
  const own: Turn[] = [];
  await turn(contenders.bare, effort.exchangeWarmUpSeconds);
  await turn(contenders.ours, effort.exchangeWarmUpSeconds);
  for (let round = 0; round < effort.rounds * turnsOfRound; round++) {
    // Who comes first changes, so that neither always meets what the other left behind.
    const order = [
      [contenders.bare, bare],
      [contenders.ours, own],
    ] as const;
    for (const [contender, turns] of round % 2 === 0 ? order : order.toReversed())
      turns.push(await turn(contender, effort.exchangeSeconds));
  }
  await Promise.all([contenders.bare.close(), contenders.ours.close()]);
  const found = await messagesAt(double);
  await double.end();
  const row = (what: string, unit: string, values: readonly number[]): Measurement => ({
    what: `${name}: ${what}`,
    unit,
    values,
  });
  const pairs = (value: (turn: Turn) => number) => own.map((turn, place) => value(turn) / value(bare[place] as Turn));
  return {
    measurements: [
      row(
        beside,
        '1/s',
        bare.map(({ rate }) => rate),
      ),
      row(
        'posthorn',
        '1/s',
        own.map(({ rate }) => rate),
      ),
      {
        ...row(
          `posthorn : ${beside}`,
          'ratio',
          pairs(({ rate }) => rate),
        ),
        goal,
      },
      row(
        `${beside}, processor time each`,
        'µs',
        bare.map(({ cost }) => cost),
      ),
      row(
        'posthorn, processor time each',
        'µs',
        own.map(({ cost }) => cost),
      ),
    ],
    count: { what: `${name}: messages at its double`, expected: sent, found },
  };
}

async function takeTurn({ send }: Contender, first: number, seconds: number): Promise<Turn> {
  let messages = 0;
  const before = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1_000;
  const line = async () => {
    while (performance.now() < end) await send(first + messages++);
  };
  await Promise.all(Array.from({ length: inFlight }, line));
  const elapsed = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(before);
  return { messages, rate: messages / elapsed, cost: (user + system) / messages };
}

async function messagesAt(double: Child): Promise<number> {
  const { messages } = await double.ask<{ messages: number }>({}, patienceMs);
  return messages;
}
