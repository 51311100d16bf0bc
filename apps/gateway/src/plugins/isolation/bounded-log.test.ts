import { manualClock, recordingLogger } from '@posthorn/testkit';
import { expect, it } from 'vitest';
import { boundedLog } from './bounded-log.ts';

function scene() {
  const clock = manualClock();
  const log = recordingLogger();
  const lines = () => log.text().split('\n').filter(Boolean);
  return { clock, lines, bounded: boundedLog(log, 'fax/a', clock) };
}

it('writes so many lines at once, then so many a second, and counts the others', () => {
  const { clock, lines, bounded } = scene();
  for (let line = 0; line < 1_000; line++) bounded.info(`line ${line}`);
  expect(lines()).toHaveLength(200);
  clock.advance(1_000);
  for (let line = 0; line < 100; line++) bounded.warn('more');
  expect(lines()).toHaveLength(220);
  clock.advance(4_000);
  expect(lines().at(-1)).toBe('a plugin writes too much: lines of it were left out {"plugin":"fax/a","lines":880}');
  clock.advance(60_000);
  expect([lines().length, clock.pending()]).toEqual([221, 0]);
});

it('keeps of a line what a line can hold, and says whose it is', () => {
  const { lines, bounded } = scene();
  const odd = {
    text: 'y'.repeat(5_000),
    list: [1],
    nothing: undefined,
    count: 10n,
    plugin: 'email/box',
    ok: true,
    n: 1,
  };
  bounded.error('x'.repeat(5_000), odd as never);
  bounded.debug(17 as never, 'fields' as never);
  const [first = '', second = ''] = lines();
  expect(first).toMatch(
    /^x{1000} \{"text":"y{1000}","list":null,"nothing":null,"count":null,"plugin":"fax\/a","ok":true,"n":1\}$/,
  );
  expect(second).toContain('"plugin":"fax/a"');
});
