/** One rule of a contract. It gets a fresh fixture, uses node:assert and rejects when the rule is broken. */
export interface Case<Fixture> {
  readonly name: string;
  run(fixture: Fixture): Promise<void>;
}

/** What a contract needs of a test runner: the two ways in which vitest, node:test and others register a test. */
export interface Runner {
  test(name: string, body: () => Promise<void>): unknown;
  skip(name: string): unknown;
}

export interface ContractRun<Fixture> {
  readonly runner: Runner;
  /** Makes the fixture of one case. */
  open(): Promise<Fixture>;
  close(fixture: Fixture): Promise<void>;
  /** Cases that do not hold here, by name, each with its reason. A name that is no case is an error. */
  readonly skip?: Readonly<Record<string, string>>;
}

/** Registers every case with the runner; a skipped one stays visible under its name and reason. */
export function runContract<Fixture>(
  cases: readonly Case<Fixture>[],
  { runner, open, close, skip = {} }: ContractRun<Fixture>,
): void {
  const names = new Set(cases.map(({ name }) => name));
  const strangers = Object.keys(skip).filter((name) => !names.has(name));
  if (cases.length === 0) throw new Error('a contract without a case proves nothing');
  if (strangers.length > 0) throw new Error(`no such case to skip: ${strangers.join(', ')}`);
  for (const { name, run } of cases) {
    const reason = skip[name];
    if (reason !== undefined) {
      runner.skip(`${name} (skipped: ${reason})`);
      continue;
    }
    runner.test(name, async () => {
      const fixture = await open();
      try {
        await run(fixture);
      } finally {
        await close(fixture);
      }
    });
  }
}
