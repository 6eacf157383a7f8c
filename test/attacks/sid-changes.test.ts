// V31: a provider may name its session anew in a refreshed ID token; a logout by either name must end the login.
import { beforeEach, describe, expect, it } from 'vitest'
import type { TestBrowser } from '../../src/testing/index.ts'
import type { TestApp } from '../setups.ts'
import { useStage } from './stage.ts'

describe('a login whose sid changed at a refresh', () => {
  const stage = useStage()
  let app: TestApp
  let browser: TestBrowser
  let first: unknown

  async function refreshTo(sid: string): Promise<void> {
    stage.provider.misbehave({ idToken: { claims: { sid } } })
    expect((await browser.get(`${app.url}/forced`)).status).toBe(200)
    stage.provider.behave()
    expect(await stage.claimsOf(app, browser)).toMatchObject({ sid })
  }

  beforeEach(async () => {
    app = await stage.app()
    browser = await stage.signIn(app)
    first = (await stage.claimsOf(app, browser))['sid']
    await refreshTo('second')
    await refreshTo('third')
  })

  it.each(['first', 'second', 'third'])('ends by its %s sid (Back-Channel Logout 1.0 section 2.7)', async (name) => {
    const sid = name === 'first' ? first : name
    expect(await stage.logOut(app, stage.provider.logoutToken({ sub: undefined, sid }))).toBe(200)
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })

  it.each(['first', 'third'])('ends by its %s sid with its sub beside it', async (name) => {
    const sid = name === 'first' ? first : name
    expect(await stage.logOut(app, stage.provider.logoutToken({ sid }))).toBe(200)
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })

  it('goes on when another session of the person ends', async () => {
    expect(await stage.logOut(app, stage.provider.logoutToken({ sid: 'fourth' }))).toBe(200)
    expect(await stage.isSignedIn(app, browser)).toBe(true)
  })
})
