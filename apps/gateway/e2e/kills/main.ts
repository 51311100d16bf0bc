import { parseArgs } from 'node:util';
import { endGateways } from '../gateway-process.ts';
import { freshSeed } from './chance.ts';
import { runStorm, type StormReport } from './storm.ts';

/** `pnpm run kills -- --kills 200 --seed 7`: the storm of storm.test.ts, as long as one likes. */
const { values } = parseArgs({
  // What the package manager passes on between its own words and ours.
  args: process.argv.slice(2).filter((word) => word !== '--'),
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string' } },
});
const kills = wholeNumber('kills', values.kills);
const seed = values.seed === undefined ? freshSeed() : wholeNumber('seed', values.seed);

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void endGateways().then(() => process.exit(1)));
process.stdout.write(`${kills} kills with seed ${seed}\n`);
try {
  const report = await runStorm({ kills, seed, onKill: progress });
  process.stdout.write(table(report));
  for (const violation of report.violations) process.stdout.write(`broken: ${violation}\n`);
  process.exitCode = report.violations.length === 0 ? 0 : 1;
} finally {
  await endGateways();
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} takes a whole number, not "${text}"`);
  return number;
}

function progress(done: number): void {
  if (done % 10 === 0) process.stdout.write(`${done} of ${kills}\n`);
}

function table(report: StormReport): string {
  const rows: readonly (readonly [string, string | number])[] = [
    ['kills', report.kills],
    ['acknowledged', report.acked],
    ['  after asking again', report.replayed],
    ['delivered', report.delivered],
    ['uncertain', report.uncertain],
    ['dead (at three kills)', report.dead],
    ['duplicates', report.duplicates],
    ['  most at one kill', report.worst],
    ['promises broken', report.violations.length],
    ['seconds', Math.round(report.seconds)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(24)}${String(value).padStart(8)}\n`).join('');
}
