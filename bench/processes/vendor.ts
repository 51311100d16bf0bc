import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How an account of the channel `bench` behaves. */
export interface VendorSettings {
  /** Or `never`: it takes the request and is silent. */
  readonly answersAfterMs: number | 'never';
  /** The file that the calls are written into when the program ends in an orderly way. */
  readonly log: string;
}

/** A message that reached a vendor. */
export interface VendorCall {
  /** The one in its address. */
  readonly number: number;
  /** Milliseconds since the Unix epoch, with fractions. */
  readonly at: number;
}

export interface VendorAccount {
  readonly answersAfterMs: number | 'never';
  readonly concurrency: number;
  readonly timeout?: string;
}

export const vendorChannel = 'bench';

/** Puts the channel `bench` into the folder and gives the text of a config file with these accounts of it, and with no other channel. */
export function vendorConfig(folder: string, accounts: Readonly<Record<string, VendorAccount>>): string {
  copyFileSync(fileURLToPath(new URL('./vendor-channel.ts', import.meta.url)), join(folder, 'vendor-channel.ts'));
  const lines = Object.entries(accounts).map(([name, { answersAfterMs, concurrency, timeout = '15s' }]) => {
    const settings = { answersAfterMs, concurrency, timeout, log: logFile(folder, name) };
    return `      ${name}: ${JSON.stringify(settings)}`;
  });
  const route = `    route: { default: [${Object.keys(accounts).join(', ')}] }`;
  return [
    'channels:',
    `  ${vendorChannel}:`,
    '    use: ./vendor-channel.ts',
    route,
    '    accounts:',
    ...lines,
    '',
  ].join('\n');
}

/** What reached the vendor behind an account, in its order; readable when the program has ended. */
export function vendorCalls(folder: string, account: string): readonly VendorCall[] {
  return JSON.parse(readFileSync(logFile(folder, account), 'utf8')) as readonly VendorCall[];
}

function logFile(folder: string, account: string): string {
  return join(folder, `${account}.json`);
}
