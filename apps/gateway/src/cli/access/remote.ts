import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../config/environment.ts';
import { WrongUsage } from '../usage.ts';
import { type GatewayCall, GatewayRefusal } from './gateway-call.ts';

const patienceMs = 30_000;

/** Calls a running gateway. A redirect is not followed: the key is for the gateway that was named. */
export function remoteGateway(url: string, key: string): GatewayCall {
  const base = url.replace(/\/+$/, '');
  return async (method, path, body) => {
    const answer = await fetch(`${base}${path}`, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(patienceMs),
      headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
      throw new GatewayRefusal(`no gateway answers at ${base}${code}: is it running, and is --url right?`);
    });
    return { status: answer.status, body: readJson(await answer.text()) };
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** The address of a gateway, or what is wrong with it. */
export function readGatewayUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '')
    throw new WrongUsage(`--url must be the address of a gateway, such as https://notify.example.com, not "${text}"`);
  return url;
}

/** The key that is given, else the one that a gateway of this data directory takes. */
export function keyFor(given: string | null, { adminKey, dataDir }: Environment): string {
  if (given !== null) return given;
  if (adminKey !== null) return adminKey.reveal();
  const file = join(dataDir, 'admin.key');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  throw new WrongUsage('--url needs an admin key: give --key or set POSTHORN_ADMIN_KEY');
}
