import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Bill, settledBill } from './supply-chain/bill.ts';
import { licenceProblems, licencesIn } from './supply-chain/licences.ts';
import { ownPackages, readWorkspace } from './supply-chain/workspace.ts';

/**
 * Writes dist/sbom.cdx.json and dist/licences.json, of what is shipped, from the bill that `pnpm sbom` gives on standard
 * input. Fails when a licence is not one that may be shipped.
 */
const root = join(import.meta.dirname, '..');
const folder = join(root, 'dist');
const ours = ownPackages(readWorkspace(root), '@posthorn/gateway');
const bill = settledBill(JSON.parse(await text(process.stdin)) as Bill, ours);
const licences = licencesIn(bill);
mkdirSync(folder, { recursive: true });
const write = (name: string, value: unknown) =>
  writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
write('sbom.cdx.json', bill);
write('licences.json', licences);

const problems = licenceProblems(licences);
for (const { place, fault } of problems) console.error(`${place}: ${fault}`);
console.log(`bill: ${licences.length} packages, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
