// A slow request that saves its session late restores neither a logged-out person nor an earlier one (pain 16).
import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'

describe('a request that outlives the logout', () => {
  let release: (() => void) | undefined
  const slow = (request: IncomingMessage & { session: { touched?: number } }, response: { end(t: string): void }) => {
    request.session.touched = 1
    release = () => response.end('late')
  }
  const fixture = useProviderAndApp({ routes: [['/slow', slow]] })

  it('writes its session back, and that session signs nobody in', async () => {
    const { app } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const late = new TestBrowser().get(`${app.url}/slow`, { headers: { cookie } })
    await expect.poll(() => release).toBeDefined()
    await browser.post(`${app.url}/logout`)
    release?.()
    expect((await late).text).toBe('late')
    expect((await new TestBrowser().get(`${app.url}/whoami`, { headers: { cookie } })).json()).toBeNull()
  })
})
