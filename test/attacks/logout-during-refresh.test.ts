// A logout while a refresh is under way: the refresh brings nothing back, and what came for it is of no use to anybody.
import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/index.ts'
import { createRefreshGate } from '../refresh-gate.ts'
import { gate, useStage } from './stage.ts'

/** A network in which every refresh is answered by `invalid_grant`. */
async function refuse(url: string, init: RequestInit): Promise<Response> {
  if (!String(init.body).includes('refresh_token')) return await fetch(url, init)
  const headers = { 'content-type': 'application/json' }
  return new Response('{"error":"invalid_grant"}', { status: 400, headers })
}

/** The store of a process that heeds no lease, as one whose clock is far behind. */
function withoutLeases(store: Required<Store>): Store {
  const isLease = (key: string) => key.includes(':lease:')
  return {
    ...store,
    setIfAbsent: async (key, value, life) => isLease(key) || (await store.setIfAbsent(key, value, life)),
    replace: async (key, value, life) => isLease(key) || (await store.replace(key, value, life)),
  }
}

describe('a login that ends while its token is refreshed', () => {
  const stage = useStage()

  /** A refresh that the provider has answered, and whose answer arrives when it is released. */
  async function underway() {
    const network = createRefreshGate()
    const app = await stage.app({ fetch: network.fetch })
    const browser = await stage.signIn(app)
    const { answered, release } = network.hold()
    const page = browser.get(`${app.url}/forced`)
    await answered
    return { app, browser, page, release }
  }

  it('by a Logout Token answers that refresh by 401', async () => {
    const { app, browser, page, release } = await underway()
    expect(await stage.logOut(app, stage.provider.logoutToken())).toBe(200)
    release()
    expect((await page).status).toBe(401)
    expect(app.errors).toMatchObject([{ code: 'ERR_RP_LOGIN_REQUIRED' }])
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })

  it('by endLogins() answers that refresh by 401', async () => {
    const { app, browser, page, release } = await underway()
    await app.relyingParty.endLogins({ iss: stage.provider.issuer, sub: 'test-user' })
    release()
    expect((await page).status).toBe(401)
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })

  it('by POST /logout has its new refresh token revoked, not only the one that is spent (RFC 7009)', async () => {
    const { app, browser, page, release } = await underway()
    await browser.post(`${app.url}/logout`)
    release()
    expect((await page).status).toBe(401)
    const spent = stage.refreshes()[0]?.body?.get('refresh_token')
    const revoked = () => stage.provider.requestsTo('revocation').map(({ body }) => body?.get('token'))
    await expect.poll(() => revoked().filter((token) => token !== spent).length).toBe(1)
  })
})

describe('a decision about invalid_grant that takes long', () => {
  const stage = useStage()

  it('does not end a login that another process has refreshed meanwhile', async () => {
    const { store } = stage
    const { shut, open, pass } = gate()
    const state = { isAsked: false }
    const onFailure = async () => {
      state.isAsked = true
      await pass()
      return 'end' as const
    }
    shut()
    const slow = await stage.app({ refresh: { onFailure }, fetch: refuse as typeof fetch })
    const quick = await stage.app({ store: withoutLeases(store) })
    const browser = await stage.signIn(quick)
    const slowPage = browser.get(`${slow.url}/forced`)
    await expect.poll(() => state.isAsked).toBe(true)
    const quickPage = await browser.get(`${quick.url}/forced`)
    open()
    expect([quickPage.status, (await slowPage).status]).toEqual([200, 200])
    expect((await slowPage).text).toBe(quickPage.text)
    expect(await stage.isSignedIn(quick, browser)).toBe(true)
  })

  it('ends it when nobody has', async () => {
    const app = await stage.app({ refresh: { onFailure: () => 'end' }, fetch: refuse as typeof fetch })
    const browser = await stage.signIn(app)
    expect((await browser.get(`${app.url}/forced`)).status).toBe(401)
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })
})
