import { resolve } from 'node:path';
import type { ConfigProblem } from './problems/problem.ts';
import { type Secret, secret } from './secret.ts';
import type { Variables } from './source.ts';

/** What the environment decides, over the file; the rest of its variables count only where the file names them. */
export interface Environment {
  /** Null leaves it to the file. */
  readonly host: string | null;
  readonly port: number | null;
  readonly dataDir: string;
  /** Null has one made at the first start. */
  readonly adminKey: Secret<string> | null;
  readonly logLevel: LogLevel;
  /** Null is `pretty` on a terminal, else `json`. */
  readonly logFormat: LogFormat | null;
}

type LogLevel = (typeof logLevels)[number];
type LogFormat = (typeof logFormats)[number];

const logLevels = ['debug', 'info', 'warn', 'error'] as const;
const logFormats = ['json', 'pretty'] as const;
const minAdminKeyLength = 32;

export interface EnvironmentReading {
  readonly environment: Environment;
  readonly problems: readonly ConfigProblem[];
}

/** Reads our own variables; an empty one counts as not set, as `${NAME:-}` in a compose file leaves it. */
export function readEnvironment(env: Variables, cwd: string): EnvironmentReading {
  const problems: ConfigProblem[] = [];
  const say = (path: string, detail: string) => problems.push({ path, detail });
  const choice = <Value extends string>(name: string, values: readonly Value[]): Value | null => {
    const text = env[name] || null;
    const value = values.find((each) => each === text) ?? null;
    if (text !== null && value === null) say(name, `must be one of ${values.join(', ')}`);
    return value;
  };
  const adminKey = env['POSTHORN_ADMIN_KEY'] || null;
  if (adminKey !== null && adminKey.length < minAdminKeyLength) {
    say('POSTHORN_ADMIN_KEY', `must be at least ${minAdminKeyLength} characters long; leave it out to have one made`);
  }
  const port = env['POSTHORN_PORT'] || null;
  if (port !== null && !isPort(port)) say('POSTHORN_PORT', portCure(port));
  const environment: Environment = {
    host: env['POSTHORN_HOST'] || null,
    port: port !== null && isPort(port) ? Number(port) : null,
    dataDir: resolve(cwd, env['POSTHORN_DATA_DIR'] || 'data'),
    adminKey: adminKey === null ? null : secret(adminKey),
    logLevel: choice('POSTHORN_LOG_LEVEL', logLevels) ?? 'info',
    logFormat: choice('POSTHORN_LOG_FORMAT', logFormats),
  };
  return { environment: Object.freeze(environment), problems };
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

function portCure(text: string): string {
  const cure = 'must be a port from 0 to 65535, where 0 takes any free one';
  // kubernetes.io/docs/concepts/services-networking/service/#environment-variables: a Service "posthorn" sets this name.
  return text.startsWith('tcp://')
    ? `${cure}; Kubernetes set it: put enableServiceLinks: false in the pod's spec`
    : cure;
}
