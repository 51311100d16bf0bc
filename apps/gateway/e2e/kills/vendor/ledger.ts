import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startScript, temporaryFolder } from '../../gateway-process.ts';

export type Guarantee = 'at-least-once' | 'at-most-once';

/** One message that the vendor has taken. */
export interface Entry {
  readonly delivery: string;
  /** The idempotency key of the call that asked for it. */
  readonly key: string;
  readonly guarantee: Guarantee;
  /** As the gateway counted it. */
  readonly attempt: number;
  /** Which start of the gateway sent it, from 1. */
  readonly run: number;
  readonly at: number;
}

/** The vendor's book: what it holds has arrived, whatever became of the gateway that sent it. */
export interface Ledger {
  readonly url: string;
  /** In the order in which they were taken. */
  entries(): readonly Entry[];
  close(): Promise<void>;
}

const script = fileURLToPath(new URL('ledger-server.ts', import.meta.url));

export async function openLedger(): Promise<Ledger> {
  const file = join(temporaryFolder(), 'ledger.jsonl');
  const { child, exited, stdout, stderr } = startScript(script, [file]);
  const ended = exited.then(({ code }) => Promise.reject(new Error(`the ledger ended with ${code}: ${stderr()}`)));
  // Whoever closes it expects the end.
  ended.catch(() => undefined);
  while (!stdout().includes('\n'))
    await Promise.race([once(child.stdout as NonNullable<typeof child.stdout>, 'data'), ended]);
  return {
    url: `http://127.0.0.1:${stdout().trim()}/`,
    entries: () => (existsSync(file) ? lines(readFileSync(file, 'utf8')) : []),
    async close() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** A line that is being written has no end yet, and is not taken. */
function lines(text: string): readonly Entry[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Entry);
}
