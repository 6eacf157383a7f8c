// An app whose provider shows a sign-in page; both go by one clock, which tests put ahead.
import { afterAll, beforeAll } from 'vitest'
import { startApp, type TestApp, type TestAppOptions } from '../setups.ts'
import { oktaCustom, type Simulator, startSimulator } from '../simulators/index.ts'

/** Started before the first test, closed after the last. */
export interface SignInPageFixture {
  readonly app: TestApp
  readonly simulator: Simulator
}

/** Call it in a `describe`; read its members in tests. */
export function useSignInPage({ session = {} }: Pick<TestAppOptions, 'session'> = {}): SignInPageFixture {
  const started: { app?: TestApp; simulator?: Simulator } = {}
  beforeAll(async () => {
    const simulator = await startSimulator(oktaCustom, { interactive: true })
    started.simulator = simulator
    const [{ clientId } = { clientId: '' }] = simulator.clients
    const options = { provider: { issuer: simulator.issuer }, clientId, clock: () => simulator.clock.nowAt() }
    started.app = await startApp({ host: 'localhost', session, options })
    const { url } = started.app
    simulator.configureClient(clientId, { redirectUris: [`${url}/callback`], postLogoutRedirectUris: [`${url}/`] })
  })
  afterAll(async () => {
    await started.app?.close()
    await started.simulator?.close()
  })
  return started as SignInPageFixture
}
