// V41: who posts forged Logout Tokens must not keep the keys of a rotation from the tokens of the provider itself.
import { describe, expect, it } from 'vitest'
import { useStage } from './stage.ts'

describe('a forged Logout Token with a kid of nobody, just before the provider rotates its keys', () => {
  const stage = useStage()

  async function afterForgery() {
    const app = await stage.app()
    const browser = await stage.signIn(app)
    expect(await stage.logOut(app, stage.provider.logoutToken({}, { kid: 'of-nobody' }))).toBe(400)
    stage.provider.rotateKeys({ keepOld: false })
    return { app, browser }
  }

  it('does not end a login that is refreshed then', async () => {
    const { app, browser } = await afterForgery()
    expect((await browser.get(`${app.url}/forced`)).status).toBe(200)
    expect(await stage.isSignedIn(app, browser)).toBe(true)
  })

  it('does not refuse a sign-in then', async () => {
    const { app } = await afterForgery()
    expect(await stage.isSignedIn(app, await stage.signIn(app))).toBe(true)
  })

  it('does not keep out the Logout Tokens of the provider once a sign-in has brought the new keys', async () => {
    const { app, browser } = await afterForgery()
    await stage.signIn(app)
    expect(await stage.logOut(app, stage.provider.logoutToken())).toBe(200)
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })

  it('costs no further request for keys, however many come after it', async () => {
    const { app } = await afterForgery()
    stage.provider.requests.length = 0
    for (let count = 0; count < 10; count += 1) {
      await stage.logOut(app, stage.provider.logoutToken({}, { kid: `of-nobody-${count}` }))
    }
    expect(stage.provider.requestsTo('jwks')).toEqual([])
  })
})
