import { registerHooks } from 'node:module';

/**
 * Preloaded into a gateway (`node --import`), in each of its threads: the store gets `plain-seal.ts` in the place of its own
 * cipher, and everything else stays as it is. The program itself has no way to leave its store unsealed.
 */
const sealed = /\/store-sqlite\/src\/sealing\/seal\.ts$/;

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    return sealed.test(found.url) ? { ...found, url: new URL('./plain-seal.ts', import.meta.url).href } : found;
  },
});
