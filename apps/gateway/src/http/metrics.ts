import type { Metrics } from '../observe/metrics.ts';
import { type ApiRoute, guarded, open, watching } from './route.ts';

/** For Prometheus: with the operator's key, since they tell of all projects, or with none while only this machine can ask. */
export function metricsRoutes(metrics: Metrics, onlyLoopback: boolean): readonly ApiRoute[] {
  const answer = async () => ({
    status: 200,
    body: await metrics.text(),
    headers: { 'content-type': metrics.contentType },
  });
  return [watching(onlyLoopback ? open('GET', '/metrics', answer) : guarded('GET', '/metrics', 'operator', answer))];
}
