import type { Page, SandboxMessage } from './api.ts';
import type { GatewayProcess } from './gateway-process.ts';

/** What requests can leave behind in a project, but for what time alone brings about. */
export interface Traces {
  readonly notifications: readonly unknown[];
  readonly inbox: readonly unknown[];
  readonly suppressions: readonly unknown[];
  readonly keys: readonly unknown[];
  readonly projects: readonly unknown[];
  readonly acts: readonly unknown[];
  /** Counted events of what callers ask for: accepted, canceled, queued again. */
  readonly asked: readonly string[];
}

const askedFor = /^posthorn_events_total\{type="(?:notification\.\w+|delivery\.(?:canceled|requeued))".*$/gm;

/** The newest page of everything: whatever a request makes or takes away shows in it. */
export async function tracesOf(gateway: GatewayProcess): Promise<Traces> {
  const page = async (path: string) => {
    const { status, body } = await gateway.request<Page<SandboxMessage>>('GET', path);
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return body.items;
  };
  const [notifications, inbox, suppressions, keys, projects, acts, metrics] = await Promise.all([
    page('/notifications?limit=100'),
    page('/sandbox/messages?limit=100'),
    page('/suppressions?limit=100'),
    page('/keys?limit=100'),
    page('/projects?limit=100'),
    page('/audit?limit=100'),
    gateway.request<string>('GET', '/metrics'),
  ]);
  const ids = (notifications as readonly { readonly id?: string }[]).map(({ id }) => id);
  return { notifications: ids, inbox, suppressions, keys, projects, acts, asked: metrics.body.match(askedFor) ?? [] };
}
