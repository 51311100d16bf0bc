import type { Count, Figure, Run } from '../../figure.ts';
import { vendorBody } from '../../notification.ts';
import { adminKey, startGateway } from '../../processes/gateway.ts';
import { type LoadPlan, load, type ServedLoad } from '../../processes/load.ts';
import { type VendorAccount, vendorCalls, vendorConfig } from '../../processes/vendor.ts';
import { median, quantile } from '../../statistics.ts';

/** What is beside the healthy account: nothing, another healthy one under the same load, or one whose vendor is silent. */
const settings = ['alone', 'beside a healthy one', 'beside a dead one'] as const;
type Setting = (typeof settings)[number];

const perSecond = 200;
const connections = 32;
const healthy: VendorAccount = { answersAfterMs: 5, concurrency: 32 };
const dead: VendorAccount = { answersAfterMs: 'never', concurrency: 32, timeout: '1s' };

export const isolation: Figure = {
  name: 'isolation',
  about:
    'what a vendor that is silent costs a healthy one: p99 from when a request was due until its message is at the vendor',
  async measure(run) {
    const waits = new Map<Setting, number[][]>(settings.map((setting) => [setting, []]));
    const counts: Count[] = [];
    for (let round = 0; round < run.effort.rounds; round++) {
      for (const setting of round % 2 === 0 ? settings : settings.toReversed()) {
        const { waitsMs, count } = await measureOnce(run, setting);
        waits.get(setting)?.push(waitsMs);
        counts.push(count);
      }
    }
    const of = (setting: Setting, share: number) => (waits.get(setting) ?? []).map((round) => quantile(round, share));
    const rows = settings.flatMap((setting) => [
      { what: `${setting}: p50`, unit: 'ms', values: of(setting, 0.5) },
      { what: `${setting}: p99`, unit: 'ms', values: of(setting, 0.99) },
    ]);
    const percent = (now: number, then: number) => (now / then - 1) * 100;
    const beside = of('beside a healthy one', 0.99);
    const change = of('beside a dead one', 0.99).map((p99, round) => percent(p99, beside[round] as number));
    const changeOfMedian = percent(median(of('beside a dead one', 0.99)), median(beside));
    return {
      measurements: [
        ...rows,
        { what: 'a dead one instead of a healthy one changes the p99 by, each round', unit: '%', values: change },
        { what: 'the same, of the medians', unit: '%', values: [changeOfMedian], goal: 'isolation' },
      ],
      counts,
    };
  },
};

async function measureOnce(run: Run, setting: Setting): Promise<{ waitsMs: number[]; count: Count }> {
  const folder = run.folder();
  const neighbour = setting === 'beside a dead one' ? dead : healthy;
  const config = vendorConfig(folder, { measured: healthy, neighbour });
  const gateway = await startGateway(run, { folder, config });
  const once = (account: string, firstNumber: number, seconds: number) => {
    const plan: LoadPlan = {
      port: gateway.port,
      path: '/notify',
      key: adminKey,
      body: vendorBody(account, 'normal'),
      firstNumber,
      connections,
      seconds,
      rate: perSecond,
    };
    return load(plan, gateway.pid);
  };
  const both = async (firstNumber: number, seconds: number): Promise<ServedLoad> => {
    const [measured] = await Promise.all([
      once('measured', firstNumber, seconds),
      ...(setting === 'alone' ? [] : [once('neighbour', firstNumber, seconds)]),
    ]);
    return measured;
  };
  const warmUp = await both(0, run.effort.warmUpSeconds);
  const measured = await both(warmUp.sent, run.effort.seconds);
  await gateway.stop();
  const arrivals = vendorCalls(folder, 'measured').filter(({ number }) => number >= warmUp.sent);
  const dueAt = (number: number) => measured.startedAt + ((number - warmUp.sent) * 1_000) / perSecond;
  return {
    waitsMs: arrivals.map(({ number, at }) => at - dueAt(number)),
    count: { what: `${setting}: messages at the healthy vendor`, expected: measured.sent, found: arrivals.length },
  };
}
