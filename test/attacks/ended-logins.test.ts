// V31: the logout of one session neither spares nor hits another one; no order of logins and logouts loses one.
import { beforeEach, describe, expect, it } from 'vitest'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'

describe('logins of one person in several browsers', () => {
  const fixture = useProviderAndApp()
  let older: TestBrowser
  let newer: TestBrowser

  beforeEach(async () => {
    older = await signedIn()
    newer = await signedIn()
  })

  async function signedIn(): Promise<TestBrowser> {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    return browser
  }

  async function sidOf(browser: TestBrowser): Promise<string | undefined> {
    const user = (await browser.get(`${fixture.app.url}/whoami`)).json() as { claims: { sid: string } } | null
    return user?.claims.sid
  }

  async function logOut(claims: Record<string, unknown>): Promise<void> {
    const body = new URLSearchParams({ logout_token: fixture.provider.logoutToken(claims) })
    expect((await fetch(`${fixture.app.url}/backchannel-logout`, { method: 'POST', body })).status).toBe(200)
  }

  it('end one by one by their sid', async () => {
    await logOut({ sid: await sidOf(older), sub: undefined })
    expect([await sidOf(older), typeof (await sidOf(newer))]).toEqual([undefined, 'string'])
    await logOut({ sid: await sidOf(newer), sub: undefined })
    expect(await sidOf(newer)).toBeUndefined()
  })

  it('end by sid alone also where the token has a sub beside it: the other session goes on', async () => {
    await logOut({ sid: await sidOf(newer) })
    expect([typeof (await sidOf(older)), await sidOf(newer)]).toEqual(['string', undefined])
  })

  it('all end by sub, the newer one too after the older was ended by its sid (threat V31)', async () => {
    await logOut({ sid: await sidOf(older) })
    await logOut({})
    expect([await sidOf(older), await sidOf(newer)]).toEqual([undefined, undefined])
  })

  it('all end by sub after the person signed out here in the older one', async () => {
    await older.post(`${fixture.app.url}/logout`)
    await logOut({})
    expect(await sidOf(newer)).toBeUndefined()
  })

  it('begin anew after they were ended, without reviving an old one (threat V31)', async () => {
    await logOut({})
    const next = await signedIn()
    expect(typeof (await sidOf(next))).toBe('string')
    expect([await sidOf(older), await sidOf(newer)]).toEqual([undefined, undefined])
    await logOut({ sid: await sidOf(next) })
    expect(await sidOf(next)).toBeUndefined()
  })

  it('are not touched by the logout of a stranger with a sub that only looks alike', async () => {
    await logOut({ sub: 'TEST-USER' })
    await logOut({ sub: 'test-user ' })
    await logOut({ sid: 'test-user', sub: 'somebody' })
    expect([typeof (await sidOf(older)), typeof (await sidOf(newer))]).toEqual(['string', 'string'])
  })

  it('end for a copy of their cookie as well', async () => {
    const cookie = older.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    await logOut({ sid: await sidOf(older) })
    expect((await new TestBrowser().get(`${fixture.app.url}/whoami`, { headers: { cookie } })).json()).toBeNull()
  })
})
