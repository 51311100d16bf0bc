import { defineConfig } from 'vitest/config';

const node = { environment: 'node', deps: { interopDefault: false } } as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...node,
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'tools/**/*.test.ts'],
        },
      },
      {
        // Each of these starts the real program: two at a time is what two cores can carry.
        test: {
          ...node,
          name: 'e2e',
          include: ['apps/gateway/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
    reporters: ['default', './tools/closing-line-reporter.ts'],
  },
});
