import { eventually } from '../api.ts';
import type { Answer, GatewayProcess } from '../gateway-process.ts';

/** A key as the API shows it; its text only where it was made. */
export interface Key {
  readonly id: string;
  readonly key?: string;
  readonly name: string;
  readonly project: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly rate: string | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

export type NewKey = Key & { readonly key: string };

export const bearer = (key: string | undefined) => ({ authorization: `Bearer ${key}` });

/** The same gateway as somebody else sees it. */
export function withKey(gateway: GatewayProcess, key: string): GatewayProcess {
  const request: GatewayProcess['request'] = (method, path, body, headers) =>
    gateway.request(method, path, body, { ...bearer(key), ...headers });
  return { ...gateway, key, request };
}

/** What makes and ends keys and projects, with the admin key unless another is given. */
export function keyholders(gateway: GatewayProcess) {
  const made = async <Body>(path: string, body: object, key = gateway.key): Promise<Body> => {
    const answer = await gateway.request<Body>('POST', path, body, bearer(key));
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const make = (body: object, key?: string) => made<NewKey>('/keys', body, key);
  const get = <Body = unknown>(path: string, key: string): Promise<Answer<Body>> =>
    gateway.request<Body>('GET', path, undefined, bearer(key));
  return {
    get,
    make,
    makeProject: async (name: string) => (await made<{ readonly id: string }>('/projects', { name })).id,
    /** A key that was revoked. */
    async makeRevoked(body: object): Promise<NewKey> {
      const key = await make(body);
      await gateway.request('DELETE', `/keys/${key.id}`);
      return key;
    },
    /** A key that has expired. */
    async makeExpired(body: object): Promise<NewKey> {
      const key = await make({ ...body, expiresAt: new Date(Date.now() + 200).toISOString() });
      await eventually(async () => ((await get('/keys', key.key)).status === 401 ? true : undefined));
      return key;
    },
  };
}
