import { afterAll, expect, it } from 'vitest';
import { endGateways } from '../gateway-process.ts';
import { freshSeed } from './chance.ts';
import { runStorm } from './storm.ts';

afterAll(endGateways);

/** Named in the title, so that it is read wherever the test fails; POSTHORN_KILLS_SEED repeats it. */
const seed = Number(process.env['POSTHORN_KILLS_SEED'] ?? freshSeed());

it(`25 kills at random moments lose nothing and repeat only what was under way (seed ${seed})`, {
  timeout: 300_000,
}, async () => {
  const report = await runStorm({ kills: 25, seed });
  expect(report.violations).toEqual([]);
  // The kills have to strike something, or the promises were never in danger.
  expect(report).toMatchObject({ kills: 25, seed });
  expect(report.acked).toBeGreaterThan(100);
  expect(report.uncertain).toBeGreaterThan(0);
  expect(report.duplicates).toBeGreaterThan(0);
});
