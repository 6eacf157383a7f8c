// A login that a third party starts (OpenID Connect Core 1.0 section 4), on every framework.
import express5 from 'express'
import { describe, expect, it } from 'vitest'
import { TestBrowser, type TestPage } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups, startApp } from '../setups.ts'

const options = { routes: { initiateLogin: '/initiate-login' } }
const fromElsewhere = { from: 'https://portal.example/' }

/** The authentication request that the browser was sent to. */
function requestIn(page: TestPage): URL {
  return new URL(page.headers.get('location') ?? '')
}

/** A browser that posts from another site leaves a `SameSite=Lax` cookie at home. */
const crossSitePost = { ...fromElsewhere, headers: { cookie: undefined } }

describe.each(setups)('a login that a third party starts, on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, options })
  const url = (parameters: Record<string, string> = {}) =>
    `${fixture.app.url}/initiate-login?${new URLSearchParams(parameters)}`

  it('signs in by GET and comes to the target_link_uri (section 4)', async () => {
    const { app, provider } = fixture
    const target = `${app.url}/orders/7?a=b`
    const page = await new TestBrowser().follow(
      url({ iss: provider.issuer, login_hint: 'alice', target_link_uri: target }),
      fromElsewhere,
    )
    expect(page).toMatchObject({ status: 200, url: target })
    expect(page.text).toBe('orders of test-user')
    expect(provider.requestsTo('authorization')[0]?.query.get('login_hint')).toBe('alice')
  })

  it('signs in by POST and comes to the target_link_uri (section 4)', async () => {
    const { app, provider } = fixture
    const form = { iss: provider.issuer, login_hint: 'alice', target_link_uri: `${app.url}/orders/7` }
    const page = await new TestBrowser().follow(`${app.url}/initiate-login`, { ...fromElsewhere, form })
    expect(page).toMatchObject({ status: 200, url: `${app.url}/orders/7` })
    expect(provider.requestsTo('authorization')[0]?.query.get('login_hint')).toBe('alice')
  })

  it('sends a POST on to the GET with the three parameters alone, keeps nothing and sets no cookie', async () => {
    const { app, provider } = fixture
    const form = { iss: provider.issuer, login_hint: 'a b&c', target_link_uri: `${app.url}/orders`, prompt: 'none' }
    const page = await new TestBrowser().post(`${app.url}/initiate-login?iss=https://evil.example`, form, crossSitePost)
    expect(page.status).toBe(303)
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.getSetCookie()).toEqual([])
    const next = new URL(page.headers.get('location') ?? '', app.url)
    expect(next.pathname).toBe('/initiate-login')
    expect([...next.searchParams]).toEqual([
      ['iss', provider.issuer],
      ['login_hint', 'a b&c'],
      ['target_link_uri', '/orders'],
    ])
    expect(provider.requestsTo('authorization')).toEqual([])
  })

  it('leaves who is signed in so, session and all, until the provider has answered', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    const before = browser.cookies
    await browser.post(`${app.url}/initiate-login`, { iss: provider.issuer }, crossSitePost)
    await browser.get(url({ iss: provider.issuer }), fromElsewhere)
    expect(browser.cookies.map(({ value }) => value)).toEqual(before.map(({ value }) => value))
    expect((await browser.get(`${app.url}/whoami`)).json()).toMatchObject({ sub: 'test-user' })
  })

  it('starts the login also for who is signed in: it may be another person by now', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    const page = await browser.get(url({ iss: provider.issuer }), fromElsewhere)
    expect(requestIn(page).origin).toBe(provider.issuer)
  })

  it('passes on no other parameter, and not the target (threat V25)', async () => {
    const { app, provider } = fixture
    const more = { prompt: 'none', scope: 'openid admin', redirect_uri: 'https://evil.example', provider: 'other' }
    const target = `${app.url}/orders`
    const page = await new TestBrowser().get(url({ iss: provider.issuer, target_link_uri: target, ...more }))
    const { searchParams } = requestIn(page)
    expect([...searchParams.keys()].sort()).toEqual([
      'client_id',
      'code_challenge',
      'code_challenge_method',
      'nonce',
      'redirect_uri',
      'response_type',
      'scope',
      'state',
    ])
    expect(searchParams.get('redirect_uri')).toBe(`${app.url}/callback`)
    expect(searchParams.get('scope')).toBe('openid')
  })

  it('asks for the login_hint in this request alone', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    const hinted = await browser.get(url({ iss: provider.issuer, login_hint: 'alice' }))
    const other = await browser.get(`${app.url}/login`)
    expect([hinted, other].map((page) => requestIn(page).searchParams.get('login_hint'))).toEqual(['alice', null])
  })

  it('takes the issuer with a slash too many for the same one, and ends at the start page without a target', async () => {
    const { app, provider } = fixture
    const page = await new TestBrowser().follow(url({ iss: `${provider.issuer}/` }))
    expect(page.url).toBe(`${app.url}/`)
  })

  it('does not come back to itself', async () => {
    const { app, provider } = fixture
    const page = await new TestBrowser().follow(
      url({ iss: provider.issuer, target_link_uri: url({ iss: provider.issuer }) }),
    )
    expect(page.url).toBe(`${app.url}/`)
    expect(provider.requestsTo('authorization')).toHaveLength(1)
  })
})

describe('the route for third parties', () => {
  describe('by default', () => {
    const fixture = useProviderAndApp()

    it('is not there', async () => {
      const { app, provider } = fixture
      const page = await new TestBrowser().get(`${app.url}/initiate-login?iss=${provider.issuer}`)
      expect(page).toMatchObject({ status: 200, text: 'public' })
    })
  })

  describe('below a path', () => {
    const fixture = useProviderAndApp({ options, mount: '/shop' })

    it('sends a POST on to itself, and comes to targets below the path alone', async () => {
      const { app, provider } = fixture
      const { origin } = new URL(app.url)
      const endOf = async (target: string) => {
        const form = { iss: provider.issuer, target_link_uri: target }
        return (await new TestBrowser().follow(`${app.url}/initiate-login`, { ...fromElsewhere, form })).url
      }
      expect(await endOf(`${app.url}/orders`)).toBe(`${app.url}/orders`)
      expect(await endOf(`${origin}/other`)).toBe(`${app.url}/`)
    })
  })

  describe('behind a parser of forms', () => {
    const before = [express5.urlencoded({ extended: true })]
    const fixture = useProviderAndApp({ options, before })

    it('finds the form that was parsed, and what is doubled in it', async () => {
      const { app, provider } = fixture
      const page = await new TestBrowser().post(`${app.url}/initiate-login`, { iss: provider.issuer }, fromElsewhere)
      expect(page.status).toBe(303)
      const doubled = new URLSearchParams({ iss: provider.issuer })
      doubled.append('iss', provider.issuer)
      expect((await new TestBrowser().post(`${app.url}/initiate-login`, doubled, fromElsewhere)).status).toBe(400)
    })
  })

  describe('with two clients at one issuer', () => {
    const fixture = useProviderAndApp({ options })

    it('asks the person which one, and starts nothing yet', async () => {
      const { provider } = fixture
      const { issuer } = provider
      const providers = {
        staff: { issuer },
        guests: { issuer, clientId: 'guests' },
        other: { issuer: 'https://id.example' },
      }
      const app = await startApp({ options: { ...options, providers } })
      const page = await new TestBrowser().get(`${app.url}/initiate-login?iss=${issuer}&target_link_uri=/orders`)
      await app.close()
      expect(page.status).toBe(200)
      expect(page.text).toContain('return_to=%2Forders&amp;provider=guests')
      expect(provider.requests).toEqual([])
    })
  })
})
