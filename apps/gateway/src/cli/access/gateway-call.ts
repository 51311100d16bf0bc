/** A call of the API, wherever it is answered. */
export type GatewayCall = (method: string, path: string, body?: object) => Promise<GatewayAnswer>;

interface GatewayAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The API said no; the message is for a person. */
export class GatewayRefusal extends Error {}

/** The body of an answer that is a success. Throws what the problem says, with every place in it. */
export async function answered(call: GatewayCall, method: string, path: string, body?: object): Promise<unknown> {
  const answer = await call(method, path, body);
  if (answer.status < 300) return answer.body;
  throw new GatewayRefusal(problemText(answer));
}

/** All items of a list, page by page. */
export async function listed(call: GatewayCall, path: string): Promise<readonly Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const place: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const separator = path.includes('?') ? '&' : '?';
    const page = (await answered(call, 'GET', `${path}${separator}limit=100${place}`)) as {
      readonly items: readonly Record<string, unknown>[];
      readonly nextCursor: string | null;
    };
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

function problemText({ status, body }: GatewayAnswer): string {
  const problem = body as {
    readonly detail?: unknown;
    readonly errors?: readonly { readonly detail: string }[];
  } | null;
  if (typeof problem?.detail !== 'string') return `what answered with ${status} is no Posthorn: check --url`;
  const errors = problem.errors ?? [];
  return errors.length > 1 ? errors.map(({ detail }) => detail).join('; ') : problem.detail;
}
