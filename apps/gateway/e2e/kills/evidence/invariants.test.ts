import { describe, expect, it } from 'vitest';
import type { Acked } from '../clients.ts';
import type { Entry, Guarantee } from '../vendor/ledger.ts';
import type { Ending } from './endings.ts';
import { type Evidence, judge } from './invariants.ts';

const call = (key: string, guarantee: Guarantee = 'at-least-once'): Acked => ({
  key,
  guarantee,
  notification: `ntf_${key}`,
  delivery: `dlv_${key}`,
  replayed: false,
});
const entry = (key: string, run: number, guarantee: Guarantee = 'at-least-once'): Entry => ({
  key,
  run,
  guarantee,
  delivery: `dlv_${key}`,
  attempt: 1,
  at: 0,
});
const ended = (key: string, status = 'sent', delivery: Ending['delivery'] = null): [string, Ending] => [
  `ntf_${key}`,
  { id: `ntf_${key}`, status, delivery },
];
const dead = (attempts: number) => ({ status: 'dead', code: 'lease_lost', attempts });

/** One message of each guarantee that arrived, the first of them again after the kill of run 1. */
const good: Evidence = {
  acked: [call('a'), call('b', 'at-most-once')],
  endings: new Map([ended('a'), ended('b')]),
  entries: [entry('a', 1), entry('b', 1, 'at-most-once'), entry('a', 2)],
  killed: new Set([1]),
  concurrency: 1,
};

it('finds nothing where a kill repeated what was under way', () => {
  expect(judge(good)).toEqual({ violations: [], duplicates: new Map([[1, 1]]) });
});

it('lets a message end uncertain or dead only where that was promised', () => {
  const acked = [call('a'), call('b', 'at-most-once')];
  const endings = new Map([ended('a', 'failed', dead(3)), ended('b', 'uncertain')]);
  expect(judge({ ...good, acked, endings }).violations).toEqual([]);
});

it('takes the last words of a killed gateway for what they are, though they come late', () => {
  const entries = [entry('a', 2), entry('a', 1)];
  const evidence = { ...good, acked: [call('a')], endings: new Map([ended('a')]), entries };
  expect(judge(evidence)).toEqual({ violations: [], duplicates: new Map([[1, 1]]) });
});

describe('it finds', () => {
  it.each<[string, Partial<Evidence>, RegExp]>([
    ['a loss from the store', { endings: new Map([ended('b')]) }, /not in the store/],
    ['a loss on the way', { entries: [entry('b', 1, 'at-most-once')] }, /never took it/],
    ['an open end', { endings: new Map([ended('a', 'sending'), ended('b')]) }, /did not end well/],
    ['a failure', { endings: new Map([ended('a', 'failed', dead(2)), ended('b')]) }, /failed/],
    ['doubt where there must be none', { endings: new Map([ended('a', 'uncertain'), ended('b')]) }, /may be repeated/],
    [
      'a second copy at most once',
      { entries: [...good.entries, entry('b', 2, 'at-most-once')] },
      /at-most-once and arrived 2 times/,
    ],
    ['a second copy in one run', { entries: [...good.entries, entry('a', 2)] }, /twice in run 2/],
    ['a second copy without a kill', { killed: new Set() }, /was not killed/],
    ['more copies than were under way', { concurrency: 0 }, /more than the 0 under way/],
    ['a second notification of one key', { endings: new Map([...good.endings, ended('c')]) }, /nobody was told/],
    ['a message of nobody', { entries: [...good.entries, entry('c', 1)] }, /answered with another or none/],
  ])('%s', (_name, fault, sentence) => {
    expect(judge({ ...good, ...fault }).violations).toEqual([expect.stringMatching(sentence)]);
  });
});
