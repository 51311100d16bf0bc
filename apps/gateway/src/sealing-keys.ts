import type { KeyRing } from '@posthorn/store-sqlite';
import type { Config } from './config/config.ts';
import { ownKeyId } from './config/encryption.ts';
import { derivedKey } from './derived-key.ts';

/** What seals the store: the keys of the config in front of the data directory's own, which may have sealed what is there. */
export function sealingKeys(configured: Config['encryption'], root: Buffer): KeyRing {
  const keys = configured.map(({ id, secret }) => ({ id, secret: Buffer.from(secret.reveal()) }));
  const own = { id: ownKeyId, secret: derivedKey(root, 'sealing') };
  const [first = own, ...more] = [...keys, own];
  return [first, ...more];
}
