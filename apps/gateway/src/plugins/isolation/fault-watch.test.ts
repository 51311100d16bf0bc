import { EventEmitter } from 'node:events';
import { recordingLogger } from '@posthorn/testkit';
import { expect, it } from 'vitest';
import { asGateway, asPlugin, faultOf, watchFaults } from './fault-watch.ts';

function watched() {
  const process = new EventEmitter();
  const log = recordingLogger();
  const crashes: unknown[] = [];
  const stop = watchFaults(process, log, (error) => crashes.push(error));
  return { process, log, crashes, stop };
}

/** As Node does with an error that nobody catches: in the context of whoever left it behind. */
const throwLater = (process: EventEmitter, error: unknown) =>
  new Promise<void>((resolve) =>
    setImmediate(() => {
      process.emit('uncaughtException', error);
      resolve();
    }),
  );

it('an error that a plugin left behind is a line with its name, its kind and its place, and not its words', async () => {
  const { process, log, crashes } = watched();
  await asPlugin('fax/a', () => throwLater(process, new RangeError('to 4711')));
  expect(crashes).toEqual([]);
  expect(log.text()).toMatch(/"plugin":"fax\/a","error":"RangeError","place":"[^"]*fault-watch\.test\.ts:\d+:\d+"/);
  expect(log.text()).not.toContain('4711');
});

it('an error of ours ends the process, also while a plugin waits for us', async () => {
  const { process, log, crashes, stop } = watched();
  const bug = new Error('a bug');
  await throwLater(process, bug);
  await asPlugin('fax/a', () => asGateway(() => throwLater(process, bug)));
  expect(crashes).toEqual([bug, bug]);
  expect(log.text()).toBe('');
  stop();
  expect(process.listenerCount('uncaughtException')).toBe(0);
});

it.each([
  [null, 'not an error, a object'],
  ['text', 'not an error, a string'],
  [Object.assign(new Error('x'), { stack: 5 }), 'Error'],
  [
    new Proxy(new Error('x'), {
      get: () => {
        throw new Error('trap');
      },
    }),
    'an error that cannot be read',
  ],
])('whatever was thrown has a name: %#', (thrown, error) => {
  expect(faultOf(thrown)).toEqual({ error, place: null });
});
