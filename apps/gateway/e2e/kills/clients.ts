import { setTimeout as sleep } from 'node:timers/promises';
import type { Accepted } from '../api.ts';
import type { Answer, GatewayProcess } from '../gateway-process.ts';
import type { Chance } from './chance.ts';
import type { Guarantee } from './vendor/ledger.ts';

/** A call that was answered with 202: from here on nothing may lose it. */
export interface Acked {
  readonly key: string;
  readonly guarantee: Guarantee;
  readonly notification: string;
  readonly delivery: string;
  /** The answer was that of an earlier call, whose own answer never arrived. */
  readonly replayed: boolean;
}

/** What one message brings with it to the vendor and to the gateway. */
export interface Message {
  readonly key: string;
  readonly guarantee: Guarantee;
  readonly holdMs?: number;
  readonly dies?: 'before-vendor' | 'after-vendor';
  readonly hangs?: 'before-vendor' | 'after-vendor';
}

export interface Clients {
  readonly acked: readonly Acked[];
  /** Answers that no caller should see, whatever is killed. */
  readonly refusals: readonly string[];
  /** Resolves when every client has the answer to its last call. */
  stop(): Promise<void>;
}

export interface ClientsPlan {
  readonly clients: number;
  /** Most milliseconds that a client rests between two calls, and that the vendor takes to answer. */
  readonly restMs: number;
  readonly holdMs: number;
  readonly chance: Chance;
}

const guarantees: readonly Guarantee[] = ['at-least-once', 'at-most-once'];
/** While a gateway drains, and the answers of a stranger that has got the port of a killed one. */
const passing = new Set([401, 503]);
const pauseMs = 20;

/** Posts one message once; null when no answer came. */
export async function post(
  gateway: GatewayProcess,
  message: Message,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer<Accepted> | null> {
  const { key, guarantee, holdMs = 0, ...faults } = message;
  const body = {
    to: { ledger: `person ${key}` },
    ledger: { key, guarantee, holdMs, ...faults },
    guarantee,
    metadata: { key },
  };
  return gateway.request<Accepted>('POST', '/notify', body, { 'idempotency-key': key, ...headers }).catch(() => null);
}

export function ackedBy({ key, guarantee }: Message, { headers, body }: Answer<Accepted>): Acked {
  const replayed = headers.get('idempotent-replayed') === 'true';
  return { key, guarantee, notification: body.id, delivery: body.deliveries[0]?.id ?? '', replayed };
}

/** Callers who post one after the other, half of each guarantee, and ask again with the same key until they are answered. */
export function startClients(current: () => GatewayProcess, plan: ClientsPlan): Clients {
  const { clients, restMs, holdMs, chance } = plan;
  const acked: Acked[] = [];
  const refusals: string[] = [];
  let stopped = false;

  const insist = async (message: Message): Promise<void> => {
    for (;;) {
      const answer = await post(current(), message);
      if (answer?.status === 202) {
        acked.push(ackedBy(message, answer));
        return;
      }
      if (answer !== null && !passing.has(answer.status)) {
        refusals.push(`${message.key}: ${answer.status} ${JSON.stringify(answer.body)}`);
        return;
      }
      await sleep(pauseMs);
    }
  };
  const work = async (name: number): Promise<void> => {
    for (let number = 0; !stopped; number++) {
      const guarantee = guarantees[number % 2] as Guarantee;
      await insist({ key: `client-${name}-${number}`, guarantee, holdMs: chance.between(0, holdMs) });
      await sleep(chance.between(0, restMs));
    }
  };
  const working = Promise.all(Array.from({ length: clients }, (_, name) => work(name)));
  return {
    acked,
    refusals,
    async stop() {
      stopped = true;
      await working;
    },
  };
}
