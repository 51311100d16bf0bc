import type { Answer, GatewayProcess } from './gateway-process.ts';

/** What the API answers, as a client sees it: as much of it as the tests look at. */
export interface Accepted {
  readonly id: string;
  readonly status: string;
  readonly createdAt: string;
  readonly deliveries: readonly {
    readonly id: string;
    readonly step: number;
    readonly channel: string;
    readonly status: string;
  }[];
  readonly skipped: readonly { readonly step: number; readonly channel: string; readonly reason: string }[];
}

export interface Delivery {
  readonly id: string;
  readonly notificationId: string;
  readonly step: number;
  readonly channel: string;
  readonly account: string;
  readonly status: string;
  readonly address: string;
  readonly attempts: number;
  readonly vendorId: string | null;
  readonly code: string | null;
  readonly detail: string | null;
  readonly nextAttemptAt: string | null;
  readonly sentAt: string | null;
  readonly finishedAt: string | null;
}

interface TimelineEvent {
  readonly type: string;
  readonly at: string;
  readonly deliveryId: string | null;
  readonly channel: string | null;
  readonly account: string | null;
  readonly code: string | null;
  readonly notificationStatus: string | null;
}

export interface Notification {
  readonly id: string;
  readonly status: string;
  readonly kind: string;
  readonly priority: string;
  readonly createdAt: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly deliveries: readonly Delivery[];
  readonly timeline: readonly TimelineEvent[];
}

export interface Attempt {
  readonly id: string;
  readonly account: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly detail: string | null;
  readonly startedAt: string;
  readonly durationMs: number;
}

export interface SandboxMessage {
  readonly notificationId: string;
  readonly deliveryId: string;
  readonly channel: string;
  readonly account: string;
  readonly to: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly attempt: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export interface ProblemAnswer {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string; readonly detail: string }[];
}

const finals = new Set(['sent', 'delivered', 'failed', 'expired', 'canceled', 'uncertain']);

/** Asks until `look` finds what it wants (anything but undefined); says what it saw last when it never does. */
export async function eventually<Found>(
  look: () => Promise<Found | undefined> | Found | undefined,
  withinMs = 15_000,
  sawLast: () => unknown = () => 'nothing',
): Promise<Found> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms; last seen: ${JSON.stringify(sawLast())}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The calls that most stories are made of. */
export function client(gateway: GatewayProcess) {
  const notify = (body: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Accepted>> =>
    gateway.request<Accepted>('POST', '/notify', body, headers);

  /** Posts what must be accepted. */
  const accepted = async (body: object, headers: Readonly<Record<string, string>> = {}): Promise<Accepted> => {
    const answer = await notify(body, headers);
    if (answer.status !== 202) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };

  const notification = async (id: string): Promise<Notification> => {
    const { status, body } = await gateway.request<Notification>('GET', `/notifications/${id}`);
    if (status !== 200) throw new Error(`${id}: ${status} ${JSON.stringify(body)}`);
    return body;
  };

  /** The notification as soon as `ready` says so. */
  const when = (id: string, ready: (seen: Notification) => boolean, withinMs?: number): Promise<Notification> => {
    let last: Notification | undefined;
    const look = async () => {
      last = await notification(id);
      return ready(last) ? last : undefined;
    };
    return eventually(look, withinMs, () => last);
  };

  const list = async <Item>(path: string): Promise<readonly Item[]> => {
    const { status, body } = await gateway.request<Page<Item>>('GET', path);
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return body.items;
  };

  return {
    notify,
    accepted,
    notification,
    when,
    list,
    /** The notification when its status is final. */
    settled: (id: string, withinMs?: number) => when(id, ({ status }) => finals.has(status), withinMs),
    /** What was kept for one address, oldest first. */
    kept: async (to: string) =>
      (await list<SandboxMessage>(`/sandbox/messages?limit=100&to=${encodeURIComponent(to)}`)).toReversed(),
    attempts: (delivery: string) => list<Attempt>(`/deliveries/${delivery}/attempts`),
    /** How many notifications there are, page by page. */
    async count(): Promise<number> {
      let count = 0;
      let cursor: string | null = '';
      while (cursor !== null) {
        const place: string = cursor === '' ? '' : `&cursor=${cursor}`;
        const { body } = await gateway.request<Page<unknown>>('GET', `/notifications?limit=100${place}`);
        count += body.items.length;
        cursor = body.nextCursor;
      }
      return count;
    },
  };
}

export type Client = ReturnType<typeof client>;

/** Every test its own recipients, so that none sees the messages of another. */
let recipients = 0;
export function freshEmail(): string {
  return `person${++recipients}@example.com`;
}
export function freshPhone(): string {
  return `+86138${String(10_000_000 + ++recipients)}`;
}
export function freshToken(): string {
  return `token${String(++recipients).padStart(6, '0')}${'x'.repeat(40)}`;
}
