import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Egress, EgressRule } from '@posthorn/core';
import { exchange } from './exchange.ts';
import { egressGuard } from './guard.ts';
import { guardedLookup } from './guarded-lookup.ts';
import { nameLookup, type ResolveName } from './name-lookup.ts';

/** The program's one way out towards addresses that strangers name. */
export interface GuardedEgress {
  readonly egress: Egress;
  readonly forbids: EgressRule;
  close(): void;
}

export interface EgressOptions {
  /** Ranges beside the internet that may be reached. */
  readonly allow: readonly string[];
  /** How names are looked up; the system's way when left out. */
  readonly resolve?: ResolveName;
}

/** Idle connections are let go before servers do (5 s is a usual default): a request that meets a closed one is in doubt. */
const idleMs = 4_000;

export function openEgress({ allow, resolve = nameLookup() }: EgressOptions): GuardedEgress {
  const guard = egressGuard(allow);
  const tools = { guard, resolve };
  // A connection to a private network must not be there for an account that may not reach it.
  const open = pool();
  const inner = pool();
  return {
    async egress(request) {
      const reason = guard.forbids(request);
      if (reason !== null) return { kind: 'forbidden', detail: reason };
      const agents = request.allowPrivate === true ? inner : open;
      const agent = request.url.protocol === 'https:' ? agents.https : agents.http;
      return exchange(request, { agent, lookup: guardedLookup(request, request.signal, tools) });
    },
    forbids: guard.forbids,
    close() {
      for (const { http, https } of [open, inner]) for (const agent of [http, https]) agent.destroy();
    },
  };
}

function pool() {
  const kept = { keepAlive: true, timeout: idleMs } as const;
  return {
    http: new HttpAgent(kept),
    // Said here so that no variable of the environment can switch it off.
    https: new HttpsAgent({ ...kept, rejectUnauthorized: true }),
  };
}
