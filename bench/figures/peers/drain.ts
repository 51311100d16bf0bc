import type { Count, Figure } from '../../figure.ts';
import { contender, takeTurn } from './contest.ts';

export const drain: Figure = {
  name: 'drain',
  about: 'the dispatcher over the store in one process: claim, a send that does nothing, settle; without HTTP',
  async measure(run) {
    const { jobs } = run.effort;
    const ours = contender('posthorn');
    const counts: Count[] = [];
    for (let round = 0; round < run.effort.repeats; round++) {
      counts.push(...(await takeTurn(run, ours, 'power-safe', jobs)));
    }
    const { rounds } = ours;
    return {
      measurements: [
        {
          what: 'claim, send and settle',
          unit: '1/s',
          values: rounds.map((done) => done.drainPerSecond),
          goal: 'drain',
        },
        {
          what: 'the same with storing them beforehand',
          unit: '1/s',
          values: rounds.map((done) => 1 / (1 / done.drainPerSecond + 1 / done.bulkPerSecond)),
        },
        {
          what: 'processor time for a notification',
          unit: 'µs',
          values: rounds.map((done) => done.microsecondsPerJob),
        },
      ],
      counts,
    };
  },
};
