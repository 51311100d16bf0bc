import { type ApiRoute, json, open, watching } from './route.ts';

export interface HealthTools {
  /** Null when the gateway can do its work, else why not. */
  unready(): Promise<string | null>;
}

/** For whoever restarts or routes to this process. */
export function healthRoutes({ unready }: HealthTools): readonly ApiRoute[] {
  return [
    watching(open('GET', '/healthz', () => json({ status: 'alive' }))),
    watching(
      open('GET', '/readyz', async () => {
        const reason = await unready();
        return reason === null ? json({ status: 'ready' }) : json({ status: 'unready', reason }, 503);
      }),
    ),
  ];
}
