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

  /** What a frame of the provider's page asks for. */
  const frame = (iss: string, sid: unknown) => {
    return browser.get(`${app.url}/frontchannel-logout?${new URLSearchParams({ iss, sid: String(sid) })}`)
  }

  it.each(['first', 'second', 'third'])('ends by its %s sid (Front-Channel Logout 1.0 section 3)', async (name) => {
    const page = await frame(stage.provider.issuer, name === 'first' ? first : name)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toContain(`frame-ancestors ${stage.provider.issuer}`)
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })

  it.each([
    ['a fourth sid', '', 'fourth'],
    ['the sub in the place of a sid', '', 'test-user'],
    ['the second sid of an iss that only begins alike', '/', 'second'],
  ])('goes on when the front channel names %s', async (_what, end, sid) => {
    expect((await frame(stage.provider.issuer + end, sid)).status).toBe(200)
    expect(await stage.isSignedIn(app, browser)).toBe(true)
  })

  it('goes on when another session of the person ends', async () => {
    expect(await stage.logOut(app, stage.provider.logoutToken({ sid: 'fourth' }))).toBe(200)
    expect(await stage.isSignedIn(app, browser)).toBe(true)
  })
})

describe('a login whose ID token names no session', () => {
  const stage = useStage()

  it.each(['undefined', 'null', 'sid', '[object Object]'])('goes on when the front channel names %s', async (sid) => {
    const app = await stage.app()
    stage.provider.misbehave({ idToken: { claims: { sid: undefined } } })
    const browser = await stage.signIn(app)
    expect((await browser.get(`${app.url}/forced`)).status).toBe(200)
    const query = new URLSearchParams({ iss: stage.provider.issuer, sid })
    expect((await browser.get(`${app.url}/frontchannel-logout?${query}`)).status).toBe(200)
    expect(await stage.isSignedIn(app, browser)).toBe(true)
  })

  it('ends by the sid that a refreshed ID token named first', async () => {
    const app = await stage.app()
    stage.provider.misbehave({ idToken: { claims: { sid: undefined } } })
    const browser = await stage.signIn(app)
    stage.provider.misbehave({ idToken: { claims: { sid: 'new' } } })
    expect((await browser.get(`${app.url}/forced`)).status).toBe(200)
    const query = new URLSearchParams({ iss: stage.provider.issuer, sid: 'new' })
    await browser.get(`${app.url}/frontchannel-logout?${query}`)
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })
})
