import { connect, type Socket } from 'node:net';
import { numberMark } from '../notification.ts';
import { quantile } from '../statistics.ts';
import type { Load, LoadPlan } from './load.ts';

/**
 * The load client: as little as can send a request and see its answer end, so that a server is the slower of the two. One
 * request at a time on each connection, nothing pipelined, no library between the socket and the clock.
 */
process.once('message', (plan: LoadPlan) => {
  void run(plan).then((result) => process.send?.(result));
});
process.once('disconnect', () => process.exit());

/** Whatever the plan says, no more requests than this. */
const mostRequests = 2_000_000;

async function run(plan: LoadPlan): Promise<Load> {
  const requestText = requestTexts(plan);
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const most = plan.rate === null ? mostRequests : Math.min(mostRequests, Math.floor(plan.rate * plan.seconds));
  const idle: Connection[] = [];
  const connections = await Promise.all(Array.from({ length: plan.connections }, () => openConnection(plan.port)));
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const deadline = start + plan.seconds * 1_000;
  let sent = 0;
  const finished = Promise.withResolvers<void>();

  const dueAt = (place: number) => (plan.rate === null ? 0 : start + (place * 1_000) / plan.rate);
  const isOver = (now: number) => sent >= most || (plan.rate === null && now >= deadline);

  const pump = () => {
    const now = performance.now();
    while (idle.length > 0 && !isOver(now) && dueAt(sent) <= now) {
      const connection = idle.pop() as Connection;
      const from = plan.rate === null ? performance.now() : dueAt(sent);
      connection.send(requestText(sent), (status) => {
        latencies.push(performance.now() - from);
        statuses[status] = (statuses[status] ?? 0) + 1;
        idle.push(connection);
        pump();
      });
      sent++;
    }
    if (idle.length === connections.length && isOver(now)) finished.resolve();
  };

  // A request of a fixed rate may leave up to this millisecond late; that counts into its latency.
  const timer = plan.rate === null ? undefined : setInterval(pump, 1);
  idle.push(...connections);
  pump();
  await finished.promise;
  clearInterval(timer);
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    sent,
    statuses,
    startedAt: performance.timeOrigin + start,
    seconds: (performance.now() - start) / 1_000,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    longest: latencies.reduce((longest, latency) => Math.max(longest, latency), 0),
    clientSeconds: (user + system) / 1e6,
  };
}

/** All requests have the same head: the mark is replaced by as many digits as it is long. */
function requestTexts({ port, path, key, body, firstNumber }: LoadPlan): (place: number) => string {
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${key}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ].join('\r\n');
  const parts = `${head}\r\n\r\n${body}`.split(numberMark);
  if (parts.length === 1) return () => parts[0] as string;
  return (place) => parts.join(String(firstNumber + place).padStart(numberMark.length, '0'));
}

interface Connection {
  /** Writes a request; `answered` is called with the status when the whole answer is here. */
  send(request: string, answered: (status: string) => void): void;
}

async function openConnection(port: number): Promise<Connection> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  let answered: ((status: string) => void) | null = null;
  let status = '';
  let head = '';
  let missing = 0;

  const take = (text: string) => {
    if (status === '') {
      head += text;
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      const [, length] = /\r\ncontent-length: (\d+)/i.exec(head.slice(0, end)) ?? [];
      if (length === undefined) throw new Error('an answer has no Content-Length');
      status = head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length);
      missing = Number(length) - (head.length - end - 4);
    } else {
      missing -= text.length;
    }
    if (missing > 0) return;
    if (missing < 0) throw new Error('an answer is longer than it says');
    const [tell, told] = [answered, status];
    status = '';
    head = '';
    answered = null;
    tell?.(told);
  };
  // One character for one byte: lengths are counted in bytes.
  socket.setEncoding('latin1').on('data', take);
  socket.on('close', () => {
    if (answered !== null) throw new Error('the server closed a connection before its answer');
  });
  return {
    send(request, whenAnswered) {
      answered = whenAnswered;
      socket.write(request, 'latin1');
    },
  };
}
