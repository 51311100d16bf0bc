import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/**
 * The gateway as it is packaged: all of ours and of its libraries in a few files without types, the channels among them, in a
 * folder that needs nothing of this source tree. Only better-sqlite3 stays a package, because its native part is a file of its
 * own. The folders are those that the program's own paths expect: `../migrations` beside it, `package.json` above. Prints the
 * file to start. `node tools/bundle.ts FOLDER`
 */
const [, , into] = process.argv;
if (into === undefined) {
  console.error('bundle: name the folder that the program goes to');
  process.exit(2);
}

const root = fileURLToPath(new URL('../', import.meta.url));
const home = resolve(into);
const program = join(home, 'gateway', 'program');
const channels = globSync('packages/channel-*', { cwd: root }).map((folder) => folder.slice('packages/'.length));

const everyBuild = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node26',
  minify: true,
  legalComments: 'none',
  logLevel: 'error',
} as const satisfies BuildOptions;

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

await build({
  ...everyBuild,
  entryPoints: {
    main: 'apps/gateway/src/main.ts',
    'store-thread': 'packages/store-sqlite/src/thread/store-thread.ts',
    ...Object.fromEntries(channels.map((name) => [name, `packages/${name}/src/index.ts`])),
  },
  outdir: program,
  outExtension: { '.js': '.mjs' },
  // So that a channel and the gateway have one copy of what both use.
  splitting: true,
  format: 'esm',
  external: ['better-sqlite3'],
  // Libraries of CommonJS that were bundled still ask for Node's own modules by `require`.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
  plugins: [threads],
});
cpSync(join(root, 'packages/store-sqlite/migrations'), join(home, 'gateway/migrations'), { recursive: true });
cpSync(join(root, 'apps/gateway/package.json'), join(home, 'package.json'));
for (const name of channels) installChannel(name);
await installPretty();
installDriver();
console.log(join(program, 'main.mjs'));

/** The gateway loads channels by their packages' names: each gets one that leads to its file. */
function installChannel(name: string): void {
  const folder = install(`@posthorn/${name}`, { type: 'module', exports: './index.mjs' });
  writeFileSync(join(folder, 'index.mjs'), `export { default } from '../../../${name}.mjs';\n`);
}

/** Lines for people are made by a library that is asked for on a terminal alone, by `require`. */
async function installPretty(): Promise<void> {
  const folder = install('pino-pretty', { main: './index.cjs' });
  const entry = createRequire(join(root, 'apps/gateway/package.json')).resolve('pino-pretty');
  await build({ ...everyBuild, entryPoints: [entry], outfile: join(folder, 'index.cjs'), format: 'cjs' });
}

/** What of the driver runs: its code, and its native part for all platforms. */
function installDriver(): void {
  const store = createRequire(join(root, 'packages/store-sqlite/package.json'));
  const from = dirname(store.resolve('better-sqlite3/package.json'));
  const to = join(program, 'node_modules/better-sqlite3');
  for (const part of ['package.json', 'LICENSE', 'lib', 'prebuilds'])
    cpSync(join(from, part), join(to, part), { recursive: true });
}

function install(name: string, manifest: object): string {
  const folder = join(program, 'node_modules', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  return folder;
}
