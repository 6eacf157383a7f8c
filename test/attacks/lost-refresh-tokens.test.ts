// A refresh token is spent once: what comes for it must not get lost, and where it cannot be used the login ends openly.
import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/index.ts'
import { useStage } from './stage.ts'

describe('a refresh', () => {
  const stage = useStage()

  it('loads the keys before it spends the refresh token: a fresh process whose provider has none loses nobody', async () => {
    const [one, fresh] = [await stage.app(), await stage.app()]
    const browser = await stage.signIn(one)
    stage.provider.misbehave({ jwks: { status: 503 } })
    expect((await browser.get(`${fresh.url}/forced`)).status).toBe(503)
    expect(fresh.errors).toMatchObject([{ code: 'ERR_RP_KEYS' }])
    expect(stage.refreshes()).toEqual([])
    stage.provider.behave()
    stage.aheadSeconds = 10
    expect((await browser.get(`${fresh.url}/forced`)).status).toBe(200)
    expect(await stage.isSignedIn(one, browser)).toBe(true)
  })

  it.each([
    ['aud', { aud: 'another' }],
    ['iss', { iss: 'https://evil.example' }],
    ['exp', { exp: 1 }],
    ['azp', { azp: 'another' }],
    ['sub', { sub: 'mallory' }],
    ['iat', { iat: undefined }],
  ])(
    'ends the login when the ID token that came has a wrong %s: 401, and then login (OpenID Connect Core 1.0 section 12.2)',
    async (_claim, claims) => {
      const app = await stage.app()
      const browser = await stage.signIn(app)
      stage.provider.misbehave({ idToken: { claims } })
      expect((await browser.get(`${app.url}/forced`)).status).toBe(401)
      expect(app.errors).toMatchObject([{ code: 'ERR_RP_LOGIN_REQUIRED', cause: { code: 'ERR_RP_ID_TOKEN' } }])
      expect(await stage.isSignedIn(app, browser)).toBe(false)
    },
  )
})

describe('tokens that came while the store could not be written', () => {
  const stage = useStage()

  /** A store that takes no login record while it is down. */
  function failing() {
    const { store } = stage
    const state = { isDown: false }
    const failingStore: Required<Store> = {
      ...store,
      replace: async (key, value, life) => {
        if (state.isDown && key.includes(':login:')) throw new Error('the store is down')
        return await store.replace(key, value, life)
      },
    }
    return { state, failingStore }
  }

  it('are written at the next try, and the provider is not asked again', async () => {
    const { state, failingStore } = failing()
    const app = await stage.app({ store: failingStore })
    const browser = await stage.signIn(app)
    state.isDown = true
    expect((await browser.get(`${app.url}/forced`)).status).toBe(500)
    expect((await browser.get(`${app.url}/forced`)).status).toBe(500)
    expect(app.errors).toMatchObject([{ code: 'ERR_RP_STORE' }, { code: 'ERR_RP_STORE' }])
    state.isDown = false
    expect((await browser.get(`${app.url}/forced`)).status).toBe(200)
    expect(stage.refreshes()).toHaveLength(1)
  })

  it('have the refresh token that the next refresh spends', async () => {
    const { state, failingStore } = failing()
    const app = await stage.app({ store: failingStore })
    const browser = await stage.signIn(app)
    state.isDown = true
    await browser.get(`${app.url}/forced`)
    state.isDown = false
    const tokens = [(await browser.get(`${app.url}/forced`)).text, (await browser.get(`${app.url}/forced`)).text]
    expect(new Set(tokens).size).toBe(2)
    const spent = stage.refreshes().map(({ body }) => body?.get('refresh_token'))
    expect([spent.length, new Set(spent).size]).toEqual([2, 2])
  })

  it('do not bring back a login that was ended meanwhile', async () => {
    const { state, failingStore } = failing()
    const app = await stage.app({ store: failingStore })
    const browser = await stage.signIn(app)
    state.isDown = true
    await browser.get(`${app.url}/forced`)
    state.isDown = false
    await app.relyingParty.endLogins({ iss: stage.provider.issuer, sub: 'test-user' })
    expect((await browser.get(`${app.url}/forced`)).status).not.toBe(200)
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })
})
