/** The keys from the top of the file down to a value; numbers are places in a list. */
export type Path = readonly (string | number)[];

/** Where something stands in the file; lines and columns count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Something to say about a value, before its line is known. */
export interface Finding {
  readonly path: Path;
  readonly detail: string;
}

/** What is wrong with the configuration, where, and what to do about it. It never repeats a secret. */
export interface ConfigProblem {
  /** `channels.sms.accounts.main.use`; the name of a variable when that is at fault; empty for the file as a whole. */
  readonly path: string;
  readonly line?: number;
  readonly column?: number;
  readonly detail: string;
}

/** Takes down what the parts of the loader find, so that everything is said at once. */
export interface Report {
  problem(path: Path, detail: string): void;
  warning(path: Path, detail: string): void;
}

/** `["route", "default", 0]` as `route.default[0]`. */
export function pathText(path: Path): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`)).join('');
}

/** Whether `path` is `above` itself or lies beneath it. */
export function isWithin(path: Path, above: Path): boolean {
  return above.every((key, index) => String(path[index]) === String(key));
}

/** One line for people: `posthorn.yaml:12:5 server.prot: there is no "prot" here`. */
export function problemText(problem: ConfigProblem, file: string | null): string {
  const place = problem.line === undefined ? '' : `:${problem.line}:${problem.column ?? 1}`;
  return [file === null ? null : `${file}${place}`, problem.path === '' ? null : `${problem.path}:`, problem.detail]
    .filter((part) => part !== null)
    .join(' ');
}
