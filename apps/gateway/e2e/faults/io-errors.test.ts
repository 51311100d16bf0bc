import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Accepted, client, eventually, type ProblemAnswer } from '../api.ts';
import { endGateways, type GatewayProcess, startGateway, temporaryFolder } from '../gateway-process.ts';
import { type Fault, failingFromTheStart, inject } from './injection.ts';
import { noProgram, notLinuxRoot, obstacle } from './obstacle.ts';
import { type Relay, relay } from './relay.ts';

const because = obstacle('I/O error', [notLinuxRoot(), noProgram('strace')]);

const relays: Relay[] = [];
afterEach(async () => {
  await endGateways();
  await Promise.all(relays.splice(0).map((server) => server.close()));
});
afterAll(endGateways);

async function openRelay(): Promise<Relay> {
  const server = await relay(() => null);
  relays.push(server);
  return server;
}

const configFor = ({ port }: Relay) => `
channels:
  email:
    accounts:
      relay: { use: smtp, host: 127.0.0.1, port: ${port}, tls: none, from: no-reply@shop.example, concurrency: 8 }
`;
/** SQLite knows no reason of a flush that failed, so a full disk that shows only there is a store out of reach. */
const codes = { EIO: ['storage_unavailable'], ENOSPC: ['storage_full', 'storage_unavailable'] } as const;

let people = 0;
const post = (gateway: GatewayProcess) =>
  client(gateway).notify({ to: { email: `person${++people}@example.com` }, content: { body: `No. ${people}` } });

/** Posts one after the other; keeps what was accepted and holds every other answer to be an honest problem. */
async function postMany(
  gateway: GatewayProcess,
  count: number,
  { error }: Fault,
  accepted: Accepted[],
): Promise<number> {
  let refused = 0;
  for (let number = 0; number < count; number++) {
    const { status, headers, body } = await post(gateway);
    if (status === 202) {
      accepted.push(body);
      continue;
    }
    refused++;
    const { code, requestId } = body as unknown as ProblemAnswer;
    expect(status).toBe(503);
    expect(codes[error]).toContain(code);
    expect(requestId).not.toBe('');
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  return refused;
}

async function healed(gateway: GatewayProcess, accepted: Accepted[]): Promise<void> {
  const look = async () => {
    const { status, body } = await post(gateway);
    return status === 202 ? body : undefined;
  };
  accepted.push(await eventually(look, 5_000));
}

async function allSent(gateway: GatewayProcess, accepted: readonly Accepted[]): Promise<void> {
  const calls = client(gateway);
  for (const { id } of accepted) expect([id, (await calls.settled(id)).status]).toEqual([id, 'sent']);
}

/** Deliveries that did not arrive exactly once. */
const notOnce = ({ tries }: Relay, accepted: readonly Accepted[]) =>
  accepted.filter(({ deliveries }) => tries.filter(({ delivery }) => delivery === deliveries[0]?.id).length !== 1);

const errors = ['EIO', 'ENOSPC'] as const;
const singly = Array.from({ length: 20 }, (_, place) => String(place + 1));

describe.skipIf(because !== null)('an I/O error of the store', () => {
  it.each(errors)(
    'at the N-th write or flush is answered with 503; no 202 is lost: %s',
    { timeout: 120_000 },
    async (error) => {
      const server = await openRelay();
      const config = configFor(server);
      const gateway = await startGateway({ config });
      const accepted: Accepted[] = [];
      let failed = 0;
      let refused = 0;
      for (const when of [...singly, '1+', '2+', '5+', '2+2', '3+5']) {
        const injection = await inject(gateway.pid, { error, when });
        refused += await postMany(gateway, 6, { error, when }, accepted);
        expect((await gateway.request('GET', '/healthz')).status).toBe(200);
        failed += await injection.stop();
        await healed(gateway, accepted);
      }
      expect(failed).toBeGreaterThan(30);
      expect(refused).toBeGreaterThan(10);
      expect((await gateway.request('GET', '/readyz')).status).toBe(200);
      await allSent(gateway, accepted);
      // What was sent and could not be recorded at once was recorded later, not sent again.
      expect(notOnce(server, accepted)).toEqual([]);
      expect(gateway.stderr()).not.toContain('a fault of the gateway');

      gateway.kill('SIGKILL');
      await gateway.exited;
      const again = await startGateway({ config, dataDir: gateway.dataDir });
      await allSent(again, accepted);
      expect(notOnce(server, accepted)).toEqual([]);
    },
  );

  it.each(errors)(
    'during the start ends it with one line, or does no harm: %s',
    { timeout: 120_000 },
    async (error) => {
      const server = await openRelay();
      const config = configFor(server);
      const dataDir = temporaryFolder();
      const accepted: Accepted[] = [];
      let refusedStarts = 0;
      // Killed, so that each start has a log to look through; at rest, since a third kill under way would end it dead.
      const before = await startGateway({ config, dataDir });
      await healed(before, accepted);
      await allSent(before, accepted);
      before.kill('SIGKILL');
      await before.exited;
      for (const when of ['1', '4', '2+']) {
        const wrapper = failingFromTheStart({ error, when });
        const faulty = await startGateway({ config, dataDir, wrapper }).catch((fault: Error) => fault.message);
        if (typeof faulty === 'string') {
          refusedStarts++;
          expect(faulty.trimEnd()).toMatch(/^the gateway ended with 1\n+posthorn: [^\n]+$/);
          continue;
        }
        await postMany(faulty, 3, { error, when }, accepted);
        faulty.kill('SIGKILL');
        await faulty.exited;
      }
      expect(refusedStarts).toBeGreaterThan(0);
      const later = await startGateway({ config, dataDir });
      await allSent(later, accepted);
    },
  );
});
