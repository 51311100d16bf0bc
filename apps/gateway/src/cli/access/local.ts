import { dirname } from 'node:path';
import { type KeyHolder, openKeyring, type Right, scopes, silentLogger, systemClock } from '@posthorn/core';
import { openStore, StoreInUse } from '@posthorn/store-sqlite';
import { keyRoutes } from '../../access/key-routes.ts';
import { projectRoutes } from '../../access/project-routes.ts';
import type { Config } from '../../config/config.ts';
import { openDataDirectory } from '../../data-directory.ts';
import { derivedKey } from '../../derived-key.ts';
import { httpApp } from '../../http/app.ts';
import { signedCursors } from '../../http/cursor.ts';
import { sealingKeys } from '../../sealing-keys.ts';
import { type GatewayCall, GatewayRefusal } from './gateway-call.ts';

/** The API over the store of a gateway that does not run: what is true there is true here, to the last refusal. */
export interface LocalGateway {
  readonly call: GatewayCall;
  close(): void;
}

/** Opens it as the operator. Throws, with the cure, while a gateway runs on it. */
export function localGateway(config: Config): LocalGateway {
  // Any admin key: none is asked for here, and none must be made, since the first start shows the one it makes.
  const { key } = openDataDirectory(config.environment.dataDir, 'not asked for');
  const clock = systemClock();
  const store = opened(config, key, clock.now());
  const { access, accessReader, defaultProject: project } = store;
  const keyring = openKeyring('', project, []);
  const tools = { access, accessReader, keyring, cursors: signedCursors(derivedKey(key, 'cursors')), clock };
  const rights = new Set<Right>([...scopes, 'operator']);
  const operator: KeyHolder = { key: 'cli', project, rights, ratePerSecond: null };
  const app = httpApp([...keyRoutes(tools), ...projectRoutes(tools)], () => operator, silentLogger);
  return {
    async call(method, path, body) {
      const answer = await app.request(path, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      return { status: answer.status, body: await answer.json() };
    },
    close: () => store.close(),
  };
}

function opened({ store: { path }, encryption }: Config, key: Buffer, now: number) {
  try {
    return openStore({ path, searchKey: derivedKey(key, 'search'), keys: sealingKeys(encryption, key), now });
  } catch (error) {
    if (!(error instanceof StoreInUse)) throw error;
    const place = dirname(path);
    throw new GatewayRefusal(
      `a gateway runs on ${place}: ask it, with --url and its address (and --key, where its admin key is not at hand)`,
    );
  }
}
