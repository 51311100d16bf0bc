import { type ApiRoute, open } from './route.ts';

export interface HealthTools {
  /** Null when the gateway can do its work, else why not. */
  unready(): Promise<string | null>;
}

/** For whoever restarts or routes to this process. */
export function healthRoutes({ unready }: HealthTools): readonly ApiRoute[] {
  return [
    open('GET', '/healthz', (context) => context.json({ status: 'alive' })),
    open('GET', '/readyz', async (context) => {
      const reason = await unready();
      return reason === null ? context.json({ status: 'ready' }) : context.json({ status: 'unready', reason }, 503);
    }),
  ];
}
