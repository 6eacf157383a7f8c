// A logout at the vendor itself ends the login here, by the Logout Token in that vendor's own form (wire 1.8 and 2.6).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProviderOptions } from '../../src/index.ts'
import { asgardeo, cidaas, wso2IdentityServer } from '../../src/providers/presets/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { startApp, type TestApp } from '../setups.ts'
import * as profiles from '../simulators/index.ts'

interface Vendor {
  readonly name: string
  readonly profile: profiles.Profile
  readonly preset: ProviderOptions
  readonly client?: { readonly isBackchannelLogoutSessionRequired: boolean }
  /** Whether its token names the one session, so that the person's others go on. */
  readonly namesSession: boolean
}

const vendors: readonly Vendor[] = [
  {
    name: 'Asgardeo',
    profile: profiles.asgardeo,
    preset: asgardeo({ organization: 'bifrost' }),
    namesSession: true,
  },
  {
    name: 'WSO2 Identity Server',
    profile: profiles.wso2IdentityServer,
    preset: wso2IdentityServer({ host: 'localhost' }),
    namesSession: true,
  },
  {
    name: 'cidaas, which sends sub alone',
    profile: profiles.cidaas,
    preset: cidaas({ domain: 'demo.cidaas.de' }),
    namesSession: false,
  },
  {
    name: 'cidaas with backchannel_logout_session_required',
    profile: profiles.cidaas,
    preset: cidaas({ domain: 'demo.cidaas.de' }),
    client: { isBackchannelLogoutSessionRequired: true },
    namesSession: true,
  },
]

interface User {
  readonly sub: string
  readonly idToken: string
}

describe.each(vendors)('$name', ({ profile, preset, client: given, namesSession }) => {
  let simulator: profiles.Simulator
  let app: TestApp

  beforeAll(async () => {
    simulator = await profiles.startSimulator(profile)
    const [client] = simulator.clients
    if (client === undefined) throw new TypeError('no client')
    const { clientId, clientSecret } = client
    app = await startApp({ options: { provider: { ...preset, issuer: simulator.issuer }, clientId, clientSecret } })
    const urls = [`${app.url}/callback`, `${app.url}/`]
    const backchannelLogoutUri = `${app.url}/backchannel-logout`
    simulator.configureClient(clientId, {
      redirectUris: urls,
      postLogoutRedirectUris: urls,
      backchannelLogoutUri,
      ...given,
    })
  })
  afterAll(async () => {
    await app.close()
    await simulator.close()
  })

  async function signedIn(): Promise<TestBrowser> {
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    return browser
  }

  async function userOf(browser: TestBrowser): Promise<User | null> {
    return (await browser.get(`${app.url}/whoami`)).json() as User | null
  }

  /** The person signs out at the vendor, in the browser in which they are signed in there; the app is not asked. */
  async function logOutAtVendor(browser: TestBrowser): ReturnType<profiles.Simulator['logoutTokens']> {
    const idToken = (await userOf(browser))?.idToken ?? ''
    const earlier = (await simulator.logoutTokens()).length
    await browser.get(`${simulator.urls.logout}?${new URLSearchParams({ id_token_hint: idToken })}`)
    return (await simulator.logoutTokens()).slice(earlier)
  }

  it('has its Logout Token accepted with 200, and the person is signed out here', async () => {
    const browser = await signedIn()
    expect(await userOf(browser)).not.toBeNull()
    const deliveries = await logOutAtVendor(browser)
    expect(deliveries.map(({ status }) => status)).toEqual([200])
    expect(await userOf(browser)).toBeNull()
  })

  it(`${namesSession ? 'leaves' : 'ends'} the other session of the same person, in another browser`, async () => {
    const [here, elsewhere] = [await signedIn(), await signedIn()]
    await logOutAtVendor(here)
    expect(await userOf(here)).toBeNull()
    expect((await userOf(elsewhere)) !== null).toBe(namesSession)
  })

  it('has each Logout Token accepted once (threat V29)', async () => {
    const [delivery] = await logOutAtVendor(await signedIn())
    const body = new URLSearchParams({ logout_token: delivery?.logoutToken ?? '' })
    expect((await fetch(`${app.url}/backchannel-logout`, { method: 'POST', body })).status).toBe(400)
  })

  it('lets the person sign in again afterwards', async () => {
    const browser = await signedIn()
    await logOutAtVendor(browser)
    await browser.follow(`${app.url}/orders`)
    expect(await userOf(browser)).not.toBeNull()
  })

  it('takes the Logout Token of the logout that began here, too: it comes to the initiator as well', async () => {
    const browser = await signedIn()
    const earlier = (await simulator.logoutTokens()).length
    await browser.follow(`${app.url}/logout`, { form: {}, headers: { accept: '*/*' } })
    const deliveries = (await simulator.logoutTokens()).slice(earlier)
    expect(deliveries.map(({ status }) => status)).toEqual([200])
    expect(app.errors).toEqual([])
  })
})
