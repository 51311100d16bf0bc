import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Egress, EgressRule, EgressTarget } from '@posthorn/core';
import { exchange } from './exchange.ts';
import { egressGuard } from './guard.ts';
import { guardedLookup } from './guarded-lookup.ts';
import { nameLookup, type ResolveName } from './name-lookup.ts';

/** The program's one way out by HTTP. */
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

/**
 * Idle connections are let go before the other side does, since a request that meets a closed one is in doubt. Servers of
 * strangers are often left as they came (5 s is a usual default); vendors and their balancers wait for a minute as a rule.
 * Who says how long it waits (`Keep-Alive: timeout=`) is taken by its word when that is less.
 */
const idleMs = { stranger: 4_000, operator: 15_000 } as const;

export function openEgress({ allow, resolve = nameLookup() }: EgressOptions): GuardedEgress {
  const guard = egressGuard(allow);
  const tools = { guard, resolve };
  // A connection to a private network must not be there for an account that may not reach it.
  const open = pool(idleMs.stranger);
  const inner = pool(idleMs.stranger);
  const own = pool(idleMs.operator);
  const forbids: EgressRule = (target) => (isTrusted(target) ? null : guard.forbids(target));
  return {
    async egress(request) {
      const reason = forbids(request);
      if (reason !== null) return { kind: 'forbidden', detail: reason };
      if (isTrusted(request)) return exchange(request, { agent: agentOf(own, request) });
      const agent = agentOf(request.allowPrivate === true ? inner : open, request);
      return exchange(request, { agent, lookup: guardedLookup(request, request.signal, tools) });
    },
    forbids,
    close() {
      for (const { http, https } of [open, inner, own]) for (const agent of [http, https]) agent.destroy();
    },
  };
}

function isTrusted({ namedBy }: EgressTarget): boolean {
  return namedBy === 'operator';
}

function agentOf({ http, https }: ReturnType<typeof pool>, { url }: EgressTarget): HttpAgent {
  return url.protocol === 'https:' ? https : http;
}

function pool(timeout: number) {
  const kept = { keepAlive: true, timeout } as const;
  return {
    http: new HttpAgent(kept),
    // Said here so that no variable of the environment can switch it off.
    https: new HttpsAgent({ ...kept, rejectUnauthorized: true }),
  };
}
