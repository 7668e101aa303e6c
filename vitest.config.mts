import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/global-setup.ts',
    pool: 'forks',
    // The tests mostly wait for Redis: a worker for each core, none kept free for Vitest.
    maxWorkers: '100%',
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // A test that fails once in a while has found something.
    retry: 0,
    coverage: { provider: 'v8', include: ['src/**'] },
  },
})
