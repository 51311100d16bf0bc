import { parentPort, workerData } from 'node:worker_threads';
import { StoreUnavailable } from '@posthorn/core';
import { openOwnedStore, type StoreOptions } from '../owned-store.ts';
import type { Ports } from '../ports.ts';
import type { Answer, Fault, Order, PackedAccept, PackedIssue, Report, ThreadGreeting } from './protocol.ts';
import { type PackedCommit, packCommit, unpackNotification } from './wire.ts';

/** The whole of a store's writing, in a thread of its own: a commit never holds up the event loop that answers callers. */
const port = parentPort;
if (port === null) throw new Error('this runs as a thread of a store');

const greet = (greeting: ThreadGreeting) => port.postMessage(greeting);
try {
  serve();
} catch (error) {
  greet({ kind: 'refused', message: error instanceof Error ? error.message : String(error) });
}

function serve(): void {
  const store = openOwnedStore(workerData as StoreOptions);
  const { defaultProject, firstPlace, migrated } = store;
  let answers: Answer[] = [];
  let commits: PackedCommit[] = [];
  let scheduled = false;

  const report = () => {
    scheduled = false;
    const said: Report = { answers, commits };
    answers = [];
    commits = [];
    port?.postMessage(said);
  };
  /** All that one commit brought leaves in one message: it is known when the promises of its commands have been told. */
  const reportSoon = () => {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(report);
  };

  const answer = (...said: Answer) => {
    answers.push(said);
    reportSoon();
  };
  const { outbox, access, codes } = store.ports;
  outbox.onCommit((commit) => {
    commits.push(packCommit(commit));
    reportSoon();
  });

  const accept = ({ notifications, ...rest }: PackedAccept) =>
    outbox.accept({ notifications: notifications.map(unpackNotification), ...rest });
  const issue = ({ notification, ...rest }: PackedIssue) =>
    codes.issue({ notification: unpackNotification(notification), ...rest });
  const commands: Readonly<Record<string, (input: never) => Promise<unknown>>> = {
    ...commandsOf('outbox', outbox),
    'outbox.accept': accept,
    ...commandsOf('access', access),
    ...commandsOf('codes', codes),
    'codes.issue': issue,
    probe: store.probe,
  };

  const carryOut = ([number, name, input]: Order): void => {
    if (name === 'close') {
      store.close();
      port?.postMessage({ answers: [[number, undefined]], commits: [] } satisfies Report);
      port?.close();
      return;
    }
    const command = commands[name];
    if (command === undefined) throw new Error(`the store has no command ${name}`);
    command(input as never).then(
      (result) => answer(number, result),
      (error: unknown) => answer(number, null, faultOf(error)),
    );
  };

  port?.on('message', (orders: readonly Order[]) => {
    for (const order of orders) carryOut(order);
  });
  greet({ kind: 'opened', defaultProject, firstPlace, migrated });
}

/** The methods of a port under the names by which orders call them. */
function commandsOf(name: keyof Ports, port: object) {
  return Object.fromEntries(Object.entries(port).map(([command, run]) => [`${name}.${command}`, run]));
}

function faultOf(error: unknown): Fault {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: error instanceof StoreUnavailable ? error.code : null, message };
}
