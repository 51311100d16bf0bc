import { lookup } from 'node:dns/promises';

/** The addresses of a name, as the system knows them; rejects as `dns.lookup` does. */
export type ResolveName = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

/**
 * Node asks the system in four threads that everything else shares, other vendors' names included. A stranger's slow name
 * server gets no more than half of them.
 */
const mostAtOnce = 2;

interface Question {
  readonly name: string;
  readonly askers: AbortSignal[];
  readonly answer: PromiseWithResolvers<readonly string[]>;
}

/** Asks once for all who want to know the same at the same time, and not at all when nobody wants to know any more. Nothing is kept. */
export function nameLookup(ask: (name: string) => Promise<readonly string[]> = askSystem): ResolveName {
  const open = new Map<string, Question>();
  const waiting: Question[] = [];
  let free = mostAtOnce;
  const next = () => {
    while (free > 0) {
      const question = waiting.shift();
      if (question === undefined) return;
      free--;
      const { name, askers, answer } = question;
      const asked = askers.every(({ aborted }) => aborted)
        ? Promise.reject(new Error('nobody waits for this name any more'))
        : ask(name);
      asked.then(answer.resolve, answer.reject).finally(() => {
        open.delete(name);
        free++;
        next();
      });
    }
  };
  return (name, signal) => {
    let question = open.get(name);
    if (question === undefined) {
      question = { name, askers: [], answer: Promise.withResolvers() };
      open.set(name, question);
      waiting.push(question);
    }
    question.askers.push(signal);
    next();
    return question.answer.promise;
  };
}

async function askSystem(name: string): Promise<readonly string[]> {
  const found = await lookup(name, { all: true });
  return found.map(({ address }) => address);
}
