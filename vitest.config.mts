import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const SETUP = 'test/support/setup'

/** What `npm run test:quick` runs: it needs one Redis, and some seconds. */
const QUICK = ['test/unit/**/*.test.ts', 'test/contract/{memory,one-redis}.test.ts']

/** What takes longest begins first, so that it is not alone at the end. */
const FIRST = [
  '/e2e/package/',
  '/model/',
  '/races/random',
  '/e2e/bench',
  '/faults/',
  '/e2e/',
  '/contract/',
  '/integration/',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const index = FIRST.findIndex((path) => moduleId.includes(`/test${path}`))
      return index === -1 ? FIRST.length : index
    }
    // oxlint-disable-next-line unicorn/no-array-sort -- it is no array's
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b))
  }
}

export default defineConfig({
  test: {
    pool: 'forks',
    // Files share a process, and what it has imported.
    isolate: false,
    // Many tests wait for servers and browsers: one worker more than there are cores.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    // Much, for a machine that is busy; less than the 45 s until a watched session is checked again anyway.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A test that fails once in a while has found something.
    retry: 0,
    coverage: { provider: 'v8', include: ['src/**'] },
    projects: [
      { extends: true, test: { name: 'quick', include: QUICK, globalSetup: `${SETUP}/redis.ts` } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/{contract,integration}/**/*.test.ts'],
          exclude: QUICK,
          globalSetup: `${SETUP}/integration.ts`,
        },
      },
      {
        extends: true,
        // It needs much memory, for each file anew.
        test: {
          name: 'model',
          include: ['test/model/**/*.test.ts'],
          isolate: true,
          testTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: `${SETUP}/e2e.ts`,
        },
      },
    ],
  },
})
