import { mkdirSync, readdirSync, rmSync, statfsSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../doubles/temporary-store.ts';
import { openBallast } from './ballast.ts';

const bytes = 300_000;
let folder: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, 'ballast');
});
afterEach(() => folder.remove());

describe('a ballast', () => {
  it('is not there before it is made, and then it is: allocated, and for its owner alone', () => {
    const ballast = openBallast(path, bytes);
    expect(ballast.present()).toBe(false);
    expect([ballast.make(), ballast.present()]).toEqual([true, true]);
    const { size, blocks, mode } = statSync(path);
    expect([size, (mode & 0o777).toString(8)]).toEqual([bytes, '600']);
    expect(blocks * 512).toBeGreaterThanOrEqual(bytes);
    expect(readdirSync(folder.path)).toEqual(['ballast']);
  });

  it('is found again at the next start, unless it is not whole', () => {
    openBallast(path, bytes).make();
    expect(openBallast(path, bytes).present()).toBe(true);
    truncateSync(path, bytes - 1);
    const cut = openBallast(path, bytes);
    expect(cut.present()).toBe(false);
    expect([cut.make(), statSync(path).size]).toEqual([true, bytes]);
  });

  it('is gone when its room was given up, and can be made again', () => {
    const ballast = openBallast(path, bytes);
    ballast.make();
    ballast.release();
    expect([ballast.present(), readdirSync(folder.path)]).toEqual([false, []]);
    ballast.release();
    expect([ballast.make(), readdirSync(folder.path)]).toEqual([true, ['ballast']]);
  });

  it('is not made where there is not as much room again beside it', () => {
    const { bavail, bsize } = statfsSync(folder.path);
    const ballast = openBallast(path, Math.floor(bavail * bsize * 0.6));
    expect([ballast.make(), ballast.present(), readdirSync(folder.path)]).toEqual([false, false, []]);
  });

  it('leaves nothing behind where it cannot be written, and is not tried again at once', () => {
    mkdirSync(path);
    writeFileSync(join(path, 'file'), 'in its way');
    const ballast = openBallast(path, bytes);
    expect([ballast.make(), readdirSync(folder.path)]).toEqual([false, ['ballast']]);
    rmSync(path, { recursive: true });
    expect([ballast.make(), readdirSync(folder.path)]).toEqual([false, []]);
  });
});
