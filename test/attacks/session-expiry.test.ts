// session_expiry is the provider's own end of a login (IPSIE Session Lifetime): a refresh neither loses nor forges it.
import { describe, expect, it } from 'vitest'
import { useStage } from './stage.ts'

const halfHour = 1800
const inHalfAnHour = () => Math.floor(Date.now() / 1000) + halfHour

describe('session_expiry', () => {
  const stage = useStage()
  const says = (expiry: unknown) => stage.provider.misbehave({ idToken: { claims: { session_expiry: expiry } } })

  it('of the sign-in still ends the login after a refresh whose ID token has none', async () => {
    const app = await stage.app()
    says(inHalfAnHour())
    const browser = await stage.signIn(app)
    stage.provider.behave()
    expect((await browser.get(`${app.url}/forced`)).status).toBe(200)
    stage.aheadSeconds = halfHour - 60
    expect(await stage.isSignedIn(app, browser)).toBe(true)
    stage.aheadSeconds = halfHour + 1
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })

  it('of a refreshed ID token takes the place of the earlier one', async () => {
    const app = await stage.app()
    const browser = await stage.signIn(app)
    says(inHalfAnHour())
    expect((await browser.get(`${app.url}/forced`)).status).toBe(200)
    stage.aheadSeconds = halfHour + 1
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })

  it.each([
    ['has passed', 1],
    ['is no number', 'soon'],
  ])('of a refreshed ID token that %s ends the login: 401', async (_what, expiry) => {
    const app = await stage.app()
    const browser = await stage.signIn(app)
    says(expiry)
    expect((await browser.get(`${app.url}/forced`)).status).toBe(401)
    expect(app.errors).toMatchObject([{ code: 'ERR_RP_LOGIN_REQUIRED', cause: { code: 'ERR_RP_ID_TOKEN' } }])
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })

  it.each([1, 'soon', 9_999_999_999])('of UserInfo, which nobody signed, counts for nothing: %j', async (expiry) => {
    const app = await stage.app({ userinfo: true })
    stage.provider.misbehave({ userinfo: { replace: { session_expiry: expiry } } })
    const browser = await stage.signIn(app)
    expect(await stage.isSignedIn(app, browser)).toBe(true)
    expect(await stage.claimsOf(app, browser)).not.toHaveProperty('session_expiry')
  })
})
