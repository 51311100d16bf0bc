import { ServerResponse } from 'node:http';
import type { z as Zod } from 'zod';

/**
 * The channel of the ledger, as a stranger would write it: one file beside the configuration. A message can bring the
 * death of the process that carries it, at a point that no signal from outside would hit; only its first attempt does.
 */

/** What of the host this file uses. */
interface Host {
  readonly z: typeof Zod;
  defineChannel(channel: unknown): unknown;
  ok(value: unknown): unknown;
}

interface Content {
  readonly key: string;
  readonly guarantee: string;
  /** How long the vendor takes to answer. */
  readonly holdMs: number;
  readonly dies?: Point;
  readonly hangs?: Point;
}

type Point = (typeof points)[number];

/** Before the vendor is called, and after its answer has been read. */
const points = ['before-vendor', 'after-vendor'] as const;

interface Delivery {
  readonly id: string;
  readonly attempt: number;
  readonly content: Content;
}

const die = () => process.kill(process.pid, 'SIGKILL');

export default ({ z, defineChannel, ok }: Host) => {
  const content = z.strictObject({
    key: z.string().optional(),
    guarantee: z.string().optional(),
    holdMs: z.number().optional(),
    dies: z.enum(points).optional(),
    hangs: z.enum(points).optional(),
    // Weight that is stored and never sent.
    ballast: z.string().optional(),
  });
  const settings = z.strictObject({ run: z.coerce.number() });
  return defineChannel({
    api: 1,
    name: 'ledger',
    addressKey: 'ledger',
    maxAddresses: 1,
    content,
    retry: { maxAttempts: 5, baseMs: 100, capMs: 1_000 },
    sandbox: {},
    parseAddress: ok,
    maskAddress: () => '***',
    render: (_neutral: unknown, own: Content) => ok(own),
    providers: [{ name: 'ledger', settings, secrets: [], endpoint: null, onUncertain: 'retry', open }],
  });
};

async function open({ run }: { readonly run: number }, { endpoint }: { readonly endpoint: URL }) {
  haltBeforeAnswers();
  const tell = async ({ id, attempt, content }: Delivery, signal: AbortSignal) => {
    const { key, guarantee, holdMs } = content;
    const body = JSON.stringify({ delivery: id, key, guarantee, attempt, run, holdMs });
    return (await fetch(endpoint, { method: 'POST', body, signal })).text();
  };
  return {
    async send(delivery: Delivery, signal: AbortSignal) {
      try {
        await halt('before-vendor', delivery, signal);
        const vendorId = await tell(delivery, signal);
        await halt('after-vendor', delivery, signal);
        return { kind: 'accepted', vendorId };
      } catch (error) {
        return { kind: 'uncertain', code: 'unreachable', detail: String(error) };
      }
    },
  };
}

async function halt(point: Point, { attempt, content }: Delivery, signal: AbortSignal): Promise<void> {
  if (attempt > 1) return;
  if (content.dies === point) die();
  if (content.hangs !== point) return;
  await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

/** A request whose header asks for it is stored, and its 202 never leaves. */
function haltBeforeAnswers(): void {
  const { writeHead } = ServerResponse.prototype;
  ServerResponse.prototype.writeHead = function (this: ServerResponse, ...rest: readonly unknown[]) {
    const asked = rest[0] === 202 ? this.req.headers['x-before-answer'] : undefined;
    if (asked === 'dies') die();
    if (asked !== 'hangs') return Reflect.apply(writeHead, this, rest) as ServerResponse;
    this.end = () => this;
    return this;
  };
}
