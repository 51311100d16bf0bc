import type { Environment } from './environment.ts';
import type { Count, Measurement, Reading } from './figure.ts';
import { median } from './statistics.ts';

/** All that a run found, as it is kept in `bench/results/`. */
export interface Report {
  readonly quick: boolean;
  readonly environment: Environment;
  readonly figures: readonly ({ readonly name: string } & Reading)[];
}

const columns = ['figure', 'what', 'median', 'min', 'max', 'unit'] as const;
type Cells = readonly string[];

/** The counts that do not agree: what was lost or doubled. */
export function wrongCounts({ figures }: Report): readonly Count[] {
  return figures.flatMap(({ counts }) => counts.filter(({ expected, found }) => expected !== found));
}

/** For a terminal. */
export function textReport(report: Report): string {
  const rows = [columns, ...rowsOf(report)];
  const widths = columns.map((_, place) => Math.max(...rows.map((row) => (row[place] ?? '').length)));
  const line = (row: Cells) =>
    row
      .map((cell, place) => (isNumber(place) ? cell.padStart(widths[place] ?? 0) : cell.padEnd(widths[place] ?? 0)))
      .join('  ')
      .trimEnd();
  return [environmentText(report), '', ...rows.map(line), '', ...countLines(report)].join('\n');
}

/** For docs/performance.md: of the machine no more than its size. */
export function markdownReport(report: Report): string {
  const line = (cells: Cells) => `| ${cells.join(' | ')} |`;
  const rule = columns.map((_, place) => (isNumber(place) ? '---:' : '---'));
  const rows = rowsOf(report).map((row) => row.map((cell, place) => (place === 0 ? `\`${cell}\`` : cell)));
  return [
    environmentText({ ...report, environment: { ...report.environment, cpu: '' } }),
    '',
    line(columns),
    line(rule),
    ...rows.map(line),
    '',
    ...countLines(report),
  ].join('\n');
}

function rowsOf({ figures }: Report): readonly Cells[] {
  return figures.flatMap(({ name, measurements }) => measurements.map((each) => cellsOf(name, each)));
}

function cellsOf(figure: string, { what, unit, values }: Measurement): Cells {
  const numbers = [median(values), Math.min(...values), Math.max(...values)];
  return [figure, what, ...numbers.map(digits), unit];
}

function isNumber(place: number): boolean {
  return place >= 2 && place <= 4;
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
