/** What makes a folder of the channel: its tools for tests and types. The channel itself needs none of them to run. */
export function packageText(name: string, version: string): string {
  return asJson({
    name: `posthorn-channel-${name}`,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: '>=22.18' },
    scripts: { test: 'node --test', check: 'tsc' },
    devDependencies: {
      '@posthorn/core': `^${version}`,
      '@posthorn/testkit': `^${version}`,
      '@types/node': '^26.0.0',
      typescript: '^7.0.0',
    },
  });
}

/** Strict, and nothing that Node cannot simply leave out when it runs the file. */
export const compilerText: string = asJson({
  compilerOptions: {
    target: 'es2025',
    lib: ['es2025'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    allowImportingTsExtensions: true,
    noUnusedLocals: true,
    noEmit: true,
    skipLibCheck: true,
  },
  include: ['*.ts'],
});

function asJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
