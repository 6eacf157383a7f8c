// What a handler does after it has ended the login: nobody is signed in any more, and no token is given out.
import { describe, expect, it } from 'vitest'
import { type Route, useStage } from './stage.ts'

/** What the request knows of its login. */
async function stateOf(...[oidc, request]: Parameters<Route[1]>): Promise<string> {
  const refusal = await oidc.getAccessToken().catch((error: { code: string }) => error.code)
  return JSON.stringify([oidc.isAuthenticated, request.user ?? null, refusal])
}

const signedOut = JSON.stringify([false, null, 'ERR_RP_LOGIN_REQUIRED'])

describe('a request that ends its own login', () => {
  const stage = useStage()

  it('by logout() is signed out from then on', async () => {
    const seen: string[] = []
    const logout: Route[1] = async (oidc, request) => {
      await oidc.logout()
      seen.push(await stateOf(oidc, request))
    }
    const app = await stage.app({}, [['/out', logout]])
    await (await stage.signIn(app)).get(`${app.url}/out`)
    expect(seen).toEqual([signedOut])
  })

  it.each([
    ['endLogins()', () => undefined],
    ['endLogins({ iss, sub })', ({ iss }: { iss: string }) => ({ iss, sub: 'test-user' })],
    ['endLogins({ iss, sid })', (claims: { iss: string; sid: string }) => ({ iss: claims.iss, sid: claims.sid })],
  ])('by %s is signed out from then on', async (_call, targetOf) => {
    const end: Route[1] = async (oidc, request) => {
      const { claims } = request.user as unknown as { claims: { iss: string; sid: string } }
      await oidc.endLogins(targetOf(claims))
      return await stateOf(oidc, request)
    }
    const app = await stage.app({}, [['/end', end]])
    const browser = await stage.signIn(app)
    expect((await browser.get(`${app.url}/end`)).text).toBe(signedOut)
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })

  it('goes on when it ends the logins of somebody else', async () => {
    const end: Route[1] = async (oidc) => {
      await oidc.endLogins({ iss: stage.provider.issuer, sub: 'somebody-else' })
      return oidc.isAuthenticated
    }
    const app = await stage.app({}, [['/end', end]])
    expect((await (await stage.signIn(app)).get(`${app.url}/end`)).text).toBe('true')
  })

  it('by endLogins() and then logout() still tells the provider whose, and revokes the refresh token', async () => {
    const both: Route[1] = async (oidc) => {
      await oidc.endLogins()
      await oidc.logout()
    }
    const app = await stage.app({}, [['/both', both]])
    const browser = await stage.signIn(app)
    const { idToken } = (await browser.get(`${app.url}/whoami`)).json() as { idToken: string }
    const page = await browser.get(`${app.url}/both`)
    const sent = new URL(page.headers.get('location') ?? '')
    expect([sent.origin, sent.searchParams.get('id_token_hint')]).toEqual([stage.provider.issuer, idToken])
    await expect.poll(() => stage.provider.requestsTo('revocation').length).toBe(1)
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })
})

describe('endLogins() for nobody', () => {
  const stage = useStage()

  it('of an issuer that is not known here is an error, and not a sign-out that ends nothing', async () => {
    const app = await stage.app()
    for (const iss of [`${stage.provider.issuer}/other`, 'https://evil.example', 'issuer']) {
      const ended = app.relyingParty.endLogins({ iss, sub: 'test-user' })
      await expect(ended).rejects.toMatchObject({ code: 'ERR_RP_OPTIONS' })
    }
  })

  it('does not miss anybody by a slash too many', async () => {
    const app = await stage.app()
    const browser = await stage.signIn(app)
    await app.relyingParty.endLogins({ iss: `${stage.provider.issuer}/`, sub: 'test-user' })
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })

  it.each([
    undefined,
    null,
    'test-user',
    {},
    { sub: 'test-user' },
    { iss: 'own' },
    { iss: 'own', sub: '' },
    { iss: 'own', sub: 7 },
    { iss: 'own', sub: 'test-user', sid: '' },
  ])('is an error: %j', async (given) => {
    const app = await stage.app()
    const isOwn = typeof given === 'object' && given !== null && 'iss' in given
    const target = isOwn ? { ...given, iss: stage.provider.issuer } : given
    const ended = Promise.resolve().then(() => app.relyingParty.endLogins(target as never))
    await expect(ended).rejects.toMatchObject({ code: 'ERR_RP_OPTIONS' })
  })
})
