import { type ApiRoute, json, open } from './route.ts';

export interface HealthTools {
  /** Null when the gateway can do its work, else why not. */
  unready(): Promise<string | null>;
}

/** For whoever restarts or routes to this process. */
export function healthRoutes({ unready }: HealthTools): readonly ApiRoute[] {
  return [
    open('GET', '/healthz', () => json({ status: 'alive' })),
    open('GET', '/readyz', async () => {
      const reason = await unready();
      return reason === null ? json({ status: 'ready' }) : json({ status: 'unready', reason }, 503);
    }),
  ];
}
