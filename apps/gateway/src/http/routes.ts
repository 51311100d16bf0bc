import { type AuditTools, auditRoutes } from '../access/audit-routes.ts';
import { type KeyTools, keyRoutes } from '../access/key-routes.ts';
import { type ProjectTools, projectRoutes } from '../access/project-routes.ts';
import { type CallbackTools, callbackRoutes } from '../callbacks/callback-routes.ts';
import type { Metrics } from '../observe/metrics.ts';
import { type OtpTools, otpRoutes } from '../otp/otp-routes.ts';
import { type UnsubscribeTools, unsubscribeRoutes } from '../unsubscribe/unsubscribe-routes.ts';
import { batchRoute } from './batch.ts';
import { type ChannelTools, channelRoutes } from './channels.ts';
import { type ErasureTools, erasureRoutes } from './erasures.ts';
import { type HealthTools, healthRoutes } from './health.ts';
import { metricsRoutes } from './metrics.ts';
import { type NotificationTools, notificationRoutes } from './notifications.ts';
import { type NotifyTools, notifyRoute } from './notify.ts';
import { type RedriveTools, redriveRoutes } from './redrive.ts';
import type { ApiRoute } from './route.ts';
import { type SandboxTools, sandboxRoutes } from './sandbox.ts';
import { type SuppressionTools, suppressionRoutes } from './suppressions.ts';

interface MetricsTools {
  readonly metrics: Metrics;
  /** Whether this machine alone can ask. */
  readonly onlyLoopback: boolean;
}

/** What the routes need, each of them a part of it. */
type RouteTools = AuditTools &
  CallbackTools &
  ChannelTools &
  ErasureTools &
  HealthTools &
  KeyTools &
  MetricsTools &
  NotificationTools &
  NotifyTools &
  ProjectTools &
  OtpTools &
  RedriveTools &
  SandboxTools &
  SuppressionTools &
  UnsubscribeTools;

/** Everything the gateway answers to. A route that is not in here does not exist, and none in here goes without its tests. */
export function gatewayRoutes(tools: RouteTools): readonly ApiRoute[] {
  return [
    ...healthRoutes(tools),
    ...metricsRoutes(tools.metrics, tools.onlyLoopback),
    notifyRoute(tools),
    batchRoute(tools),
    ...otpRoutes(tools),
    ...notificationRoutes(tools),
    ...redriveRoutes(tools),
    ...sandboxRoutes(tools),
    ...suppressionRoutes(tools),
    ...erasureRoutes(tools),
    ...callbackRoutes(tools),
    ...unsubscribeRoutes(tools),
    ...channelRoutes(tools),
    ...keyRoutes(tools),
    ...projectRoutes(tools),
    ...auditRoutes(tools),
  ];
}

/** A route as tests and people read it: `POST /notify notify`. */
export function routeText({ method, path, scope }: ApiRoute): string {
  return `${method} ${path} ${scope ?? 'anyone'}`;
}
