import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Channel } from '@posthorn/core';

/** Every channel that has a package here; a new one needs no line anywhere. */
export async function readChannels(root: string): Promise<readonly Channel[]> {
  const packages = readdirSync(join(root, 'packages')).filter((name) => name.startsWith('channel-'));
  return Promise.all(
    packages.toSorted().map(async (name) => {
      const door = pathToFileURL(join(root, 'packages', name, 'src/index.ts')).href;
      const { default: channel } = (await import(door)) as { readonly default: Channel };
      return channel;
    }),
  );
}
