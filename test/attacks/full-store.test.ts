// A store that is full can still be read and deleted in: pages work, and whoever wants to sign out is signed out.
import { describe, expect, it, vi } from 'vitest'
import type { Store } from '../../src/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { useStage } from './stage.ts'

const hour = 3600

describe('a store that takes no writes (Redis: noeviction, and maxmemory reached)', () => {
  const stage = useStage()

  async function signedInThenFull() {
    const { store } = stage
    const state = { isFull: false }
    const orFull = <Value>(act: () => Promise<Value>): Promise<Value> =>
      state.isFull ? Promise.reject(new Error('OOM command not allowed')) : act()
    const full: Required<Store> = {
      ...store,
      set: (key, value, life) => orFull(() => store.set(key, value, life)),
      setIfAbsent: (key, value, life) => orFull(() => store.setIfAbsent(key, value, life)),
      replace: (key, value, life) => orFull(() => store.replace(key, value, life)),
    }
    const app = await stage.app({ store: full })
    const browser = await stage.signIn(app)
    stage.aheadSeconds = 2 * hour // the last request is to be noted
    state.isFull = true
    return { app, browser }
  }

  it('still shows pages to who is signed in', async () => {
    const { app, browser } = await signedInThenFull()
    const page = await browser.get(`${app.url}/orders`)
    expect([page.status, page.text]).toEqual([200, 'orders of test-user'])
    expect(app.errors).toEqual([])
  })

  it('still signs out by POST /logout, for a copy of the cookie as well', async () => {
    const { app, browser } = await signedInThenFull()
    const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    expect((await browser.post(`${app.url}/logout`)).status).toBeLessThan(400)
    expect((await browser.get(`${app.url}/whoami`, { headers: { cookie } })).text).toBe('null')
  })

  it('does not say that a logout has worked which could not be written', async () => {
    const { app, browser } = await signedInThenFull()
    expect(await stage.logOut(app, stage.provider.logoutToken())).toBe(400)
    const ended = app.relyingParty.endLogins({ iss: stage.provider.issuer, sub: 'test-user' })
    await expect(ended).rejects.toMatchObject({ code: 'ERR_RP_STORE' })
    expect(await stage.isSignedIn(app, browser)).toBe(true)
  })
})

describe('a session store that is full when somebody signs out', () => {
  const fixture = useProviderAndApp({ options: { silentLogin: true } })

  it('still signs out and goes on, though it cannot be noted that no silent login is to follow', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const set = vi.spyOn(app.sessions, 'set')
    set.mockImplementation((_id, _session, done) => done?.(new Error('OOM command not allowed')))
    const page = await browser.post(`${app.url}/logout`)
    expect(set).toHaveBeenCalled()
    set.mockRestore()
    expect(page.headers.get('location')).toContain(`${provider.issuer}/`)
    const noPage = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' } // a page would ask the provider silently
    expect((await browser.get(`${app.url}/whoami`, { headers: { cookie, ...noPage } })).text).toBe('null')
  })
})

describe('a store that can only delete', () => {
  const stage = useStage()

  it('still signs out by POST /logout', async () => {
    const { store } = stage
    const state = { isDown: false }
    const down: Required<Store> = {
      ...store,
      getMany: (keys) => (state.isDown ? Promise.reject(new Error('not now')) : store.getMany(keys)),
      get: (key) => (state.isDown ? Promise.reject(new Error('not now')) : store.get(key)),
    }
    const app = await stage.app({ store: down })
    const browser = await stage.signIn(app)
    const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    state.isDown = true
    expect((await browser.post(`${app.url}/logout`)).status).toBeLessThan(400)
    state.isDown = false
    expect((await browser.get(`${app.url}/whoami`, { headers: { cookie } })).text).toBe('null')
  })
})
