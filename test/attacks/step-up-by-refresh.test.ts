// V39: a stolen session, and its owner signs in anew elsewhere: the refresh that tells of it is no step-up of this session.
import { describe, expect, it } from 'vitest'
import { type RequestOidc, requireAuth } from '../../src/index.ts'
import { startApp, type TestApp } from '../setups.ts'
import { useStage } from './stage.ts'

type Request = { oidc: RequestOidc }
type Response = { end(text: string): void }

describe('a login that is refreshed after its person was authenticated again, elsewhere', () => {
  const stage = useStage()

  async function appWithStepUp(): Promise<TestApp> {
    const refresh = ({ oidc }: Request, response: Response, next: (error: unknown) => void) => {
      oidc.getAccessToken({ forceRefresh: true }).then((token) => response.end(token), next)
    }
    return await startApp({
      options: {
        provider: { issuer: stage.provider.issuer },
        scope: 'openid offline_access',
        clock: () => Date.now() / 1000 + stage.aheadSeconds,
        clockToleranceSeconds: 10,
      },
      routes: [
        ['/refresh', requireAuth(), refresh],
        ['/new', requireAuth({ maxAgeSeconds: 60 })],
        ['/strong', requireAuth({ acrValues: ['urn:strong'] })],
      ],
    })
  }

  it.each(['/new', '/strong'])('is still sent to the provider by %s', async (path) => {
    stage.provider.signedInAt = Math.floor(Date.now() / 1000)
    stage.provider.acrValues = ['urn:weak', 'urn:strong']
    const app = await appWithStepUp()
    const browser = await stage.signIn(app)
    stage.aheadSeconds = 900
    const later = Math.floor(Date.now() / 1000) + stage.aheadSeconds
    const claims = { auth_time: later - 5, acr: 'urn:strong', amr: ['hwk'], iat: later, exp: later + 300 }
    stage.provider.misbehave({ idToken: { claims } })
    for (let times = 0; times < 2; times += 1) {
      expect((await browser.get(`${app.url}/refresh`)).status).toBe(200)
      const page = await browser.get(app.url + path)
      expect([page.status, page.headers.get('location')]).toEqual([302, expect.stringContaining(stage.provider.issuer)])
    }
    await app.close()
  })
})
