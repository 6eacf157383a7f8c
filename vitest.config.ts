// Each folder of test/ that holds tests is one vitest project of that name: `npm test -- --project unit`.
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

const seconds = 1000
/** How long one test may take, where it does more than call functions; the rest have vitest's 5 s. */
const timeouts: Record<string, number> = {
  integration: 20 * seconds,
  attacks: 20 * seconds,
  property: 30 * seconds,
  browser: 60 * seconds,
  simulators: 20 * seconds,
  stores: 30 * seconds,
  'multi-process': 60 * seconds,
  servers: 30 * seconds,
  package: 180 * seconds,
}

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

function project(name: string): TestProjectInlineConfiguration {
  const timeout = timeouts[name]
  const limits = timeout === undefined ? {} : { testTimeout: timeout, hookTimeout: timeout }
  return { extends: true, test: { name, include: [`test/${name}/**/*.test.ts`], ...limits } }
}

// Type tests are compiled, not run.
const types: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: 'types',
    include: [],
    typecheck: {
      enabled: true,
      only: true,
      include: ['test/types/**/*.test-d.ts'],
      tsconfig: 'test/types/tsconfig.json',
    },
  },
}

function projects(): TestProjectInlineConfiguration[] {
  const folders = readdirSync(at('test'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return folders.map(({ name }) => (name === 'types' ? types : project(name)))
}

export default defineConfig({
  resolve: {
    alias: {
      'express-relying-party/providers': at('src/providers/presets/index.ts'),
      'express-relying-party/testing': at('src/testing/index.ts'),
      'express-relying-party': at('src/index.ts'),
    },
  },
  test: {
    projects: projects(),
    // What a test waits for comes at once on a free machine; on a busy one the limit of the test decides, not this one.
    expect: { poll: { timeout: 20 * seconds } },
    // Most tests wait for a network: a core left free would only make the whole slower.
    maxWorkers: '100%',
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html'],
      thresholds: { lines: 90 },
    },
  },
})
