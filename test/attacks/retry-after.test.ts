// A Retry-After that one person gets must not keep all others from their tokens (RFC 9110 section 10.2.3, RFC 6585 section 4).
import { describe, expect, it } from 'vitest'
import { useStage } from './stage.ts'

describe('Retry-After in the answer to a refresh', () => {
  const stage = useStage()

  /** An app whose provider answers refreshes with this status and `Retry-After: 3600` while it is told to. */
  async function throttled(status: number) {
    const state = { isBusy: false }
    const answer = () => new Response('{}', { status, headers: { 'retry-after': '3600' } })
    const send = async (url: string, init: RequestInit) =>
      state.isBusy && url.endsWith('/token') ? answer() : await fetch(url, init)
    const app = await stage.app({ fetch: send as typeof fetch })
    const people = { eve: await stage.signIn(app), bob: await stage.signIn(app) }
    state.isBusy = true
    expect((await people.eve.get(`${app.url}/forced`)).status).toBe(503)
    state.isBusy = false
    return { app, ...people }
  }

  it.each([429, 503])('of %d stops that login for its time, which is at most an hour', async (status) => {
    const { app, eve } = await throttled(status)
    stage.aheadSeconds = 3590
    expect((await eve.get(`${app.url}/forced`)).status).toBe(503)
    expect(stage.refreshes()).toEqual([])
    stage.aheadSeconds = 3605
    expect((await eve.get(`${app.url}/forced`)).status).toBe(200)
  })

  it.each([429, 503])('of %d stops all other logins for 30 s at most, however long it is', async (status) => {
    const { app, bob } = await throttled(status)
    stage.aheadSeconds = 25
    expect((await bob.get(`${app.url}/forced`)).status).toBe(503)
    expect(stage.refreshes()).toEqual([])
    stage.aheadSeconds = 35
    expect((await bob.get(`${app.url}/forced`)).status).toBe(200)
  })

  it.each([400, 401, 500])(
    'of %d, where it means nothing, stops nobody else, and that login for a moment',
    async (status) => {
      const { app, eve, bob } = await throttled(status)
      expect((await bob.get(`${app.url}/forced`)).status).toBe(200)
      stage.aheadSeconds = 10
      expect((await eve.get(`${app.url}/forced`)).status).toBe(200)
    },
  )
})

describe('a provider that does not answer', () => {
  const stage = useStage()

  it('is left alone for three times as long as everybody has waited for it', async () => {
    const app = await stage.app({ httpTimeoutSeconds: 1 })
    const browser = await stage.signIn(app)
    stage.provider.misbehave({ token: { delaySeconds: 30 } })
    expect((await browser.get(`${app.url}/forced`)).status).toBe(503)
    for (const [ahead, expected] of [
      [2.2, 1],
      [4, 2],
    ] as const) {
      stage.aheadSeconds = ahead
      expect((await browser.get(`${app.url}/forced`)).status).toBe(503)
      expect(stage.refreshes()).toHaveLength(expected)
    }
  })
})
