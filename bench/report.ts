import type { Environment } from './environment.ts';
import type { Count, Measurement, Reading } from './figure.ts';
import { type Goal, goals, type Verdict, verdictOn } from './goals.ts';
import { median } from './statistics.ts';

/** All that a run found, as it is kept in `bench/results/`. */
export interface Report {
  readonly quick: boolean;
  readonly environment: Environment;
  readonly figures: readonly ({ readonly name: string } & Reading)[];
}

/** A goal with what the run says of it. */
interface Judged extends Goal {
  /** The median; null when it was not measured. */
  readonly value: number | null;
  readonly verdict: Verdict;
}

interface Table {
  readonly columns: readonly string[];
  /** Places of the columns that hold numbers. */
  readonly numbers: ReadonlySet<number>;
  readonly rows: readonly (readonly string[])[];
}

/** The counts that do not agree: what was lost or doubled. */
export function wrongCounts({ figures }: Report): readonly Count[] {
  return figures.flatMap(({ counts }) => counts.filter(({ expected, found }) => expected !== found));
}

/** Every goal against the measurement that names it. */
export function judgedGoals({ figures }: Report): readonly Judged[] {
  const measurements = figures.flatMap((figure) => figure.measurements);
  return goals.map((goal) => {
    const values = measurements.find((measurement) => measurement.goal === goal.name)?.values ?? [];
    const value = values.length === 0 ? null : median(values);
    return { ...goal, value, verdict: verdictOn(goal, value) };
  });
}

/** For a terminal. */
export function textReport(report: Report): string {
  return assembled(report, environmentText(report), textTable, (cell) => cell);
}

/** For docs/performance.md: of the machine no more than its size. */
export function markdownReport(report: Report): string {
  const environment = environmentText({ ...report, environment: { ...report.environment, cpu: '' } });
  return assembled(report, environment, markdownTable, (cell) => `\`${cell}\``);
}

function assembled(
  report: Report,
  environment: string,
  print: (table: Table) => readonly string[],
  nameOf: (figure: string) => string,
): string {
  const notes = report.figures.flatMap(({ name, notes = [] }) => notes.map((note) => `${nameOf(name)}: ${note}`));
  return [
    environment,
    '',
    ...print(figureTable(report, nameOf)),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `- ${note}`)]),
    '',
    ...print(goalTable(report)),
    '',
    ...countLines(report),
  ].join('\n');
}

function figureTable({ figures }: Report, nameOf: (figure: string) => string): Table {
  return {
    columns: ['figure', 'what', 'median', 'min', 'max', 'unit'],
    numbers: new Set([2, 3, 4]),
    rows: figures.flatMap(({ name, measurements }) => measurements.map((each) => cellsOf(nameOf(name), each))),
  };
}

function cellsOf(figure: string, { what, unit, values }: Measurement): readonly string[] {
  const numbers = [median(values), Math.min(...values), Math.max(...values)];
  return [figure, what, ...numbers.map(digits), unit];
}

function goalTable(report: Report): Table {
  return {
    columns: ['goal', 'median', 'must', 'aim', 'unit', 'verdict'],
    numbers: new Set([1, 2, 3]),
    rows: judgedGoals(report).map(({ what, value, bound, must, aim, unit, verdict }) => {
      const limit = (number: number) => `${bound === 'least' ? '>=' : '<='} ${number.toLocaleString('en-US')}`;
      return [what, value === null ? '-' : digits(value), limit(must), aim === null ? '-' : limit(aim), unit, verdict];
    }),
  };
}

function textTable({ columns, numbers, rows }: Table): readonly string[] {
  const all = [columns, ...rows];
  const widths = columns.map((_, place) => Math.max(...all.map((row) => (row[place] ?? '').length)));
  const padded = (cell: string, place: number) =>
    numbers.has(place) ? cell.padStart(widths[place] ?? 0) : cell.padEnd(widths[place] ?? 0);
  return all.map((row) => row.map(padded).join('  ').trimEnd());
}

function markdownTable({ columns, numbers, rows }: Table): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map((_, place) => (numbers.has(place) ? '---:' : '---'))), ...rows.map(line)];
}

/** Three digits say all that a measurement on a shared machine can. */
function digits(value: number): string {
  if (value === 0) return '0';
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.01))));
  const rounded = Math.abs(value) >= 1_000 ? Number(value.toPrecision(3)) : value;
  return rounded.toLocaleString('en-US', { minimumFractionDigits: places, maximumFractionDigits: places });
}

function environmentText({ quick, environment }: Report): string {
  const { date, cpu, cores, memoryGiB, kernel, node, sqlite, fsyncMicroseconds, inMemory, loadBefore } = environment;
  const machine = [...(cpu === '' ? [] : [cpu]), `${cores} cores`, `${memoryGiB} GiB memory`, kernel].join(', ');
  const disk = inMemory ? 'the folder is in memory: nothing here is durable' : 'median of 50 of 4 KiB';
  return [
    `${date.slice(0, 16)}Z, ${quick ? 'quick run: shows that it works, not how fast it is' : 'full run'}`,
    `${machine}; Node ${node}, SQLite ${sqlite}`,
    `fsync ${fsyncMicroseconds} µs (${disk}); load before ${loadBefore.toFixed(2)}`,
  ].join('\n');
}

function countLines(report: Report): readonly string[] {
  const checked = report.figures.reduce((sum, { counts }) => sum + counts.length, 0);
  const wrong = wrongCounts(report);
  return [
    ...wrong.map(({ what, expected, found }) => `WRONG: ${what}: ${found} instead of ${expected}`),
    `${checked} counts compared, ${wrong.length} wrong`,
  ];
}
