import { randomUUID } from 'node:crypto';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { type GatewayProcess, type Started, startGateway, startProgram, temporaryFolder } from '../gateway-process.ts';
import { type Ledger, openLedger } from './vendor/ledger.ts';

/** One data directory with one vendor, on which gateways live and die one after the other. */
export interface Site {
  readonly dataDir: string;
  readonly ledger: Ledger;
  /** Most deliveries under way at any moment. */
  readonly concurrency: number;
  /** Starts the gateway and waits until it listens. */
  start(): Promise<GatewayProcess>;
  /** Starts the gateway and does not wait. */
  begin(): Started;
  /** Runs another command on the same data directory, beside the gateway. */
  command(...words: readonly string[]): Started;
  /** The number of starts, which is the number of the run. */
  runs(): number;
  close(): Promise<void>;
}

const channel = fileURLToPath(new URL('vendor/ledger-channel.ts', import.meta.url));

export async function openSite(concurrency = 8): Promise<Site> {
  const ledger = await openLedger();
  const folder = temporaryFolder();
  const file = join(folder, 'posthorn.yaml');
  copyFileSync(channel, join(folder, 'ledger-channel.ts'));
  writeFileSync(file, config(ledger.url, concurrency));
  const dataDir = join(folder, 'data');
  // A key of its own: a port that became free by a kill may next belong to the gateway of another test.
  const adminKey = `phk_admin_${randomUUID()}`;
  let runs = 0;
  const env = () => ({ POSTHORN_CONFIG: file, RUN: String(runs) });
  const whole = () => ({
    ...env(),
    POSTHORN_DATA_DIR: dataDir,
    POSTHORN_PORT: '0',
    POSTHORN_ADMIN_KEY: adminKey,
  });
  return {
    dataDir,
    ledger,
    concurrency,
    start() {
      runs++;
      return startGateway({ dataDir, adminKey, env: env() });
    },
    begin() {
      runs++;
      return startProgram(['serve'], whole(), folder);
    },
    command: (...words) => startProgram(words, whole(), folder),
    runs: () => runs,
    close: () => ledger.close(),
  };
}

const config = (url: string, concurrency: number) => `
channels:
  ledger:
    use: ./ledger-channel.ts
    accounts:
      main: { endpoint: "${url}", concurrency: ${concurrency}, run: { env: RUN } }
`;

/** What another build of SQLite finds in a database that nobody owns at the moment: `ok`. */
export function integrityOf(file: string): string {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const findings = db.prepare('PRAGMA integrity_check').all() as { readonly integrity_check: string }[];
    return findings.map(({ integrity_check: finding }) => finding).join('; ');
  } finally {
    db.close();
  }
}

export const storeOf = ({ dataDir }: Site) => join(dataDir, 'posthorn.db');
