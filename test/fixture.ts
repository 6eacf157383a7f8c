// A provider and an app for one describe block, started before its tests and closed after them.
import { afterAll, afterEach, beforeAll } from 'vitest'
import { startTestProvider, type TestProvider, type TestProviderOptions } from '../src/testing/index.ts'
import { startApp, type TestApp, type TestAppOptions } from './setups.ts'

/** What a block may change. */
export interface FixtureOptions extends Omit<TestAppOptions, 'options'> {
  readonly options?: Partial<TestAppOptions['options']>
  readonly provider?: TestProviderOptions
}

/** Started before the first test; the provider behaves again and forgets its requests after each. */
export interface Fixture {
  readonly provider: TestProvider
  readonly app: TestApp
}

/** Call it in a `describe`; read its members in tests. */
export function useProviderAndApp(given: FixtureOptions = {}): Fixture {
  const started: { provider?: TestProvider; app?: TestApp } = {}
  beforeAll(async () => {
    const provider = await startTestProvider(given.provider)
    started.provider = provider
    started.app = await startApp({ ...given, options: { provider: { issuer: provider.issuer }, ...given.options } })
  })
  afterEach(() => {
    started.provider?.behave()
    if (started.provider) started.provider.requests.length = 0
    if (started.app) started.app.errors.length = 0
    if (started.app) started.app.log.lines.length = 0
  })
  afterAll(async () => {
    await started.app?.close()
    await started.provider?.close()
  })
  return started as Fixture
}
