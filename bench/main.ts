import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Arguments, readArguments } from './arguments.ts';
import { readEnvironment } from './environment.ts';
import { type Figure, fullEffort, quickEffort, type Run } from './figure.ts';
import { accept } from './figures/gateway/accept.ts';
import { batch } from './figures/gateway/batch.ts';
import { codeTiming } from './figures/gateway/code-timing.ts';
import { deliverSandbox } from './figures/gateway/deliver-sandbox.ts';
import { deliverSmtp } from './figures/gateway/deliver-smtp.ts';
import { encryption } from './figures/gateway/encryption.ts';
import { goodput } from './figures/gateway/goodput.ts';
import { isolation } from './figures/gateway/isolation.ts';
import { keyCheck } from './figures/gateway/key-check.ts';
import { keyTiming } from './figures/gateway/key-timing.ts';
import { otp } from './figures/gateway/otp.ts';
import { processFigure } from './figures/gateway/process.ts';
import { urgency } from './figures/gateway/urgency.ts';
import { vendors } from './figures/gateway/vendors.ts';
import { drain } from './figures/peers/drain.ts';
import { peers } from './figures/peers/peers.ts';
import { providers } from './figures/providers/providers.ts';
import { depth } from './figures/store/depth.ts';
import { outbox } from './figures/store/outbox.ts';
import { size } from './figures/store/size.ts';
import { judgedGoals, markdownReport, type Report, textReport, wrongCounts } from './report.ts';

/** All that is measured, in this order. */
const figures: readonly Figure[] = [
  accept,
  batch,
  encryption,
  deliverSandbox,
  deliverSmtp,
  goodput,
  isolation,
  urgency,
  keyCheck,
  keyTiming,
  codeTiming,
  otp,
  outbox,
  size,
  depth,
  drain,
  peers,
  providers,
  processFigure,
  vendors,
];

const exit = { done: 0, failed: 1, wrongUsage: 2 } as const;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(exit.failed));
process.exit(await main(process.argv.slice(2)));

async function main(words: readonly string[]): Promise<number> {
  let given: Arguments;
  try {
    const names = figures.map(({ name }) => name);
    given = readArguments(words, names);
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}\n--help tells how it is used`);
    return exit.wrongUsage;
  }
  if (given.help) {
    console.log(usage());
    return exit.done;
  }
  const base = mkdtempSync(join(tmpdir(), 'posthorn-bench-'));
  process.once('exit', () => rmSync(base, { recursive: true, force: true }));
  const report = await measureAll(given, base);
  console.log(given.markdown ? markdownReport(report) : textReport(report));
  console.error(`kept in ${keep(report)}`);
  return wrongCounts(report).length === 0 ? exit.done : exit.failed;
}

async function measureAll({ quick, only, profiles }: Arguments, base: string): Promise<Report> {
  const environment = readEnvironment(base);
  const run: Run = {
    effort: quick ? quickEffort : fullEffort,
    folder: () => mkdtempSync(join(base, 'run-')),
    profiles: profiles === null ? null : resolve(profiles),
  };
  const done: Report['figures'][number][] = [];
  for (const figure of figures) {
    if (only.length > 0 && !only.includes(figure.name)) continue;
    const start = performance.now();
    done.push({ name: figure.name, ...(await figure.measure(run)) });
    console.error(`${figure.name}: measured in ${Math.round((performance.now() - start) / 1_000)} s`);
  }
  return { quick, environment, figures: done };
}

/** Writes the report where every run's stands, by its date; returns the file. */
function keep(report: Report): string {
  const folder = fileURLToPath(new URL('results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${report.environment.date.slice(0, 19).replaceAll(':', '-')}.json`);
  writeFileSync(file, `${JSON.stringify({ ...report, goals: judgedGoals(report) }, null, 2)}\n`);
  return file;
}

function usage(): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  return [
    'usage: pnpm bench [--quick] [--only NAME]... [--markdown] [--profile FOLDER]',
    '',
    'Starts the real program on this machine and measures it from outside; Linux only, as it reads /proc.',
    'Ends with 1 when anything was lost or doubled.',
    '',
    '  --quick           about a minute; shows that it works, not how fast it is',
    '  --only NAME       this figure alone; may be repeated',
    '  --markdown        prints a Markdown table',
    '  --profile FOLDER  every gateway leaves a CPU profile there (and is slower for it)',
    '',
    ...figures.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`),
  ].join('\n');
}
