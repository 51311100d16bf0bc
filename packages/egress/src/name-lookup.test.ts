import { expect, it } from 'vitest';
import { nameLookup } from './name-lookup.ts';

/** A name server that answers when it is told to. */
function slowSystem() {
  const asked: string[] = [];
  const open = new Map<string, PromiseWithResolvers<readonly string[]>>();
  return {
    asked,
    ask(name: string) {
      asked.push(name);
      const answer = Promise.withResolvers<readonly string[]>();
      open.set(name, answer);
      return answer.promise;
    },
    answer: (name: string) => open.get(name)?.resolve([`${name}-address`]),
    fail: (name: string) => open.get(name)?.reject(new Error(name)),
  };
}

const { signal } = new AbortController();

it('asks for one name once while the answer is out, and again afterwards', async () => {
  const system = slowSystem();
  const resolve = nameLookup(system.ask);
  const both = [resolve('a', signal), resolve('a', signal)];
  system.answer('a');
  expect(await Promise.all(both)).toEqual([['a-address'], ['a-address']]);
  const again = resolve('a', signal);
  expect(system.asked).toEqual(['a', 'a']);
  system.fail('a');
  await expect(again).rejects.toThrow('a');
});

it('leaves half of the threads to the rest of the program, and goes on when one comes back', async () => {
  const system = slowSystem();
  const resolve = nameLookup(system.ask);
  const [first, , third] = ['a', 'b', 'c'].map((name) => resolve(name, signal));
  expect(system.asked).toEqual(['a', 'b']);
  system.answer('a');
  await first;
  await Promise.resolve();
  expect(system.asked).toEqual(['a', 'b', 'c']);
  system.answer('c');
  expect(await third).toEqual(['c-address']);
});

it('does not ask for what nobody waits for any more', async () => {
  const system = slowSystem();
  const resolve = nameLookup(system.ask);
  const abort = new AbortController();
  const [first] = ['a', 'b'].map((name) => resolve(name, signal));
  const late = resolve('c', abort.signal);
  const wanted = [resolve('d', abort.signal), resolve('d', signal)];
  abort.abort();
  system.answer('a');
  await first;
  await expect(late).rejects.toThrow('nobody waits');
  system.answer('d');
  expect(await Promise.all(wanted)).toEqual([['d-address'], ['d-address']]);
  expect(system.asked).toEqual(['a', 'b', 'd']);
});
