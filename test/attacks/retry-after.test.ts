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
    // Its clock moves only here: the time that the test itself takes must not count as waiting.
    const startedAt = Date.now() / 1000
    let asked = 0
    const network = async (url: string, init: RequestInit): Promise<Response> => {
      if (!String(init.body).includes('refresh_token')) return await fetch(url, init)
      asked += 1
      stage.aheadSeconds += 1
      throw new DOMException('The operation was aborted due to timeout', 'TimeoutError')
    }
    const app = await stage.app({ fetch: network as typeof fetch, clock: () => startedAt + stage.aheadSeconds })
    const browser = await stage.signIn(app)
    expect((await browser.get(`${app.url}/forced`)).status).toBe(503)
    for (const [ahead, expected] of [
      [1 + 2.9, 1],
      [1 + 3.1, 2],
    ] as const) {
      stage.aheadSeconds = ahead
      expect((await browser.get(`${app.url}/forced`)).status).toBe(503)
      expect(asked).toBe(expected)
    }
  })
})
