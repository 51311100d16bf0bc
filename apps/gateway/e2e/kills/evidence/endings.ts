import { client, type Delivery, eventually, type Page } from '../../api.ts';
import type { GatewayProcess } from '../../gateway-process.ts';

/** What became of a notification, as its owner reads it. */
export interface Ending {
  readonly id: string;
  readonly status: string;
  /** Its only delivery; read where it failed. */
  readonly delivery: Pick<Delivery, 'status' | 'code' | 'attempts'> | null;
}

/** Waits until nothing that is due is open any more, and reads how everything ended. */
export async function readEndings(gateway: GatewayProcess, withinMs: number): Promise<ReadonlyMap<string, Ending>> {
  let open = '';
  await eventually(
    async () => {
      for (const status of ['accepted', 'sending']) {
        const [one] = await client(gateway).list<{ readonly id: string }>(`/notifications?limit=1&status=${status}`);
        if (one === undefined) continue;
        open = `${one.id} is ${status}`;
        return undefined;
      }
      return true;
    },
    withinMs,
    () => open,
  );
  const endings = new Map<string, Ending>();
  for await (const { id, status } of everyNotification(gateway)) {
    const [delivery = null] = status === 'failed' ? (await client(gateway).notification(id)).deliveries : [];
    endings.set(id, { id, status, delivery });
  }
  return endings;
}

async function* everyNotification(gateway: GatewayProcess): AsyncGenerator<{ id: string; status: string }> {
  let cursor: string | null = '';
  while (cursor !== null) {
    const place: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const { status, body } = await gateway.request<Page<{ readonly id: string; readonly status: string }>>(
      'GET',
      `/notifications?limit=100${place}`,
    );
    if (status !== 200) throw new Error(`the list could not be read: ${status} ${JSON.stringify(body)}`);
    yield* body.items;
    cursor = body.nextCursor;
  }
}
