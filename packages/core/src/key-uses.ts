import type { Access } from './access.ts';
import type { Clock } from './clock.ts';
import type { Keyring } from './keyring.ts';
import type { Logger } from './log.ts';
import { StoreUnavailable } from './store-fault.ts';

/** A key's last use is written this often at most. */
const restMs = 60_000;
/** Keys in one commit. */
const stepLimit = 500;

/** Writes down in the background when keys were last used. The returned function writes what is left, and stops it. */
export function startKeyUses(
  access: Pick<Access, 'noteUses'>,
  keyring: Pick<Keyring, 'unwrittenUses' | 'written'>,
  clock: Clock,
  log: Logger,
): () => Promise<void> {
  const write = async (): Promise<void> => {
    try {
      const all = keyring.unwrittenUses();
      for (let start = 0; start < all.length; start += stepLimit) {
        const uses = all.slice(start, start + stepLimit);
        await access.noteUses({ uses });
        keyring.written(uses);
      }
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      log.warn('when keys were last used could not be written down now', { code: error.code });
    }
  };

  let writing = Promise.resolve();
  let cancel = clock.after(restMs, step);
  function step(): void {
    writing = write();
    cancel = clock.after(restMs, step);
  }

  return async () => {
    cancel();
    await writing;
    await write();
  };
}
