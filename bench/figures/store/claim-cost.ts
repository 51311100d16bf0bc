import type { Lane } from '@posthorn/core';
import { median } from '../../statistics.ts';
import type { OpenStore } from '../../store/open.ts';
import { type Rows, settle } from '../../store/rows.ts';

/** A store that is claimed from, with the rows that are queued for it. */
export interface Probe {
  readonly store: OpenStore;
  readonly rows: Rows;
  /** The number of its next row. */
  next: number;
}

const claimSize = 64;
const claims = 50;

export function probeOf(store: OpenStore, rows: Rows, next: number): Probe {
  return { store, rows, next };
}

/**
 * Median of claiming 64 deliveries from each store, in microseconds, the commit included. The stores take turns claim by
 * claim, so that a moment in which the disk is slow falls on all. What was claimed is settled beside the clock.
 */
export async function claimCosts(probes: readonly Probe[], lane: Lane): Promise<readonly number[]> {
  for (const probe of probes) await queueFor(probe, lane);
  const costs = probes.map((): number[] => []);
  for (let turn = 0; turn < claims; turn++) {
    for (const [place, probe] of probes.entries()) costs[place]?.push(await claimOnce(probe, lane));
  }
  return costs.map(median);
}

async function queueFor(probe: Probe, lane: Lane): Promise<void> {
  const { store, rows, next } = probe;
  await rows.store({ project: store.defaultProject.key, lane, first: next, count: claims * claimSize });
  probe.next += claims * claimSize;
}

async function claimOnce({ store }: Probe, lane: Lane): Promise<number> {
  const { outbox } = store;
  const start = performance.now();
  const claimed = await outbox.claim({ lane, limit: claimSize, leaseMs: 60_000, now: Date.now() });
  const cost = (performance.now() - start) * 1_000;
  if (claimed.length !== claimSize) throw new Error(`a claim brought ${claimed.length} instead of ${claimSize}`);
  await settle(outbox, lane, claimed);
  return cost;
}
