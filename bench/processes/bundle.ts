import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { Run } from '../figure.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const channels = ['sms', 'email', 'push', 'chat'];

/** Libraries of CommonJS that were bundled still ask for Node's own modules by `require`. */
const banner =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);";

/** A thread is started by the URL of its file, which has another ending here; to esbuild such a URL is a text as any other. */
const threads: Plugin = {
  name: 'threads',
  setup({ onLoad }) {
    onLoad({ filter: /threaded-[a-z]+\.ts$/ }, ({ path }) => {
      const contents = readFileSync(path, 'utf8').replace(
        /(new URL\('\.\/[a-z-]+)\.ts', import\.meta\.url\)/,
        "$1.mjs', import.meta.url)",
      );
      return { contents, loader: 'ts' };
    });
  },
};

/**
 * The gateway as one program: all of ours and of its libraries in a few files without types, the channels among them. Only
 * better-sqlite3 stays a package, because its native part is a file of its own. The folders are those that the program's
 * own paths expect: `../migrations` beside it, `package.json` above. Gives the file to start.
 */
export async function bundleGateway(run: Run): Promise<string> {
  const home = mkdtempSync(join(run.folder(), 'bundle-'));
  const program = join(home, 'gateway', 'program');
  mkdirSync(program, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: {
      main: 'apps/gateway/src/main.ts',
      'store-thread': 'packages/store-sqlite/src/thread/store-thread.ts',
      ...Object.fromEntries(channels.map((name) => [`channel-${name}`, `packages/channel-${name}/src/index.ts`])),
    },
    outdir: program,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // So that a channel and the gateway have one copy of what both use.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    minify: true,
    legalComments: 'none',
    external: ['better-sqlite3'],
    banner: { js: banner },
    plugins: [threads],
    logLevel: 'error',
  });
  cpSync(join(root, 'packages/store-sqlite/migrations'), join(home, 'gateway/migrations'), { recursive: true });
  cpSync(join(root, 'apps/gateway/package.json'), join(home, 'package.json'));
  installChannels(program);
  installDriver(program);
  return join(program, 'main.mjs');
}

/** The gateway loads channels by their packages' names: each gets one that leads to its file. */
function installChannels(program: string): void {
  for (const name of channels) {
    const folder = join(program, 'node_modules/@posthorn', `channel-${name}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', exports: './index.mjs' }));
    writeFileSync(join(folder, 'index.mjs'), `export { default } from '../../../channel-${name}.mjs';\n`);
  }
}

function installDriver(program: string): void {
  const store = createRequire(join(root, 'packages/store-sqlite/package.json'));
  symlinkSync(dirname(store.resolve('better-sqlite3/package.json')), join(program, 'node_modules/better-sqlite3'));
}
