// What a guarded request costs: one round trip to the store beyond express-session's own, and nothing else.
import { webcrypto } from 'node:crypto'
import session from 'express-session'
import { describe, expect, it, vi } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups, startApp } from '../setups.ts'

describe.each(setups)('a guarded request on $name', (setup) => {
  const store = new session.MemoryStore()
  const fixture = useProviderAndApp({ setup, session: { store } })

  it('reads the session, then the record and its two epochs at once, writes nothing, asks nobody, verifies nothing', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    provider.requests.length = 0
    const calls = {
      get: vi.spyOn(store, 'get'),
      set: vi.spyOn(store, 'set'),
      destroy: vi.spyOn(store, 'destroy'),
      verify: vi.spyOn(webcrypto.subtle, 'verify'),
    }

    expect((await browser.get(`${app.url}/orders/7`)).text).toBe('orders of test-user')

    const counts = Object.fromEntries(Object.entries(calls).map(([name, spy]) => [name, spy.mock.calls.length]))
    expect(counts).toEqual({ get: 1 + 3, set: 0, destroy: 0, verify: 0 })
    expect(provider.requests).toEqual([])
    vi.restoreAllMocks()
  })

  it('asks a store once that can read several values', async () => {
    const ownStore = memoryStore()
    const calls = Object.entries(ownStore).map(([name, method]) => {
      const spy = vi.fn(method as () => unknown)
      Object.assign(ownStore, { [name]: spy })
      return [name, spy] as const
    })
    const app = await startApp({ setup, options: { provider: { issuer: fixture.provider.issuer }, store: ownStore } })
    const browser = new TestBrowser()
    await browser.follow(`${app.url}/orders`)
    for (const [, spy] of calls) spy.mockClear()

    await browser.get(`${app.url}/orders/7`)

    const used = calls.filter(([, spy]) => spy.mock.calls.length > 0)
    expect(used.map(([name, spy]) => [name, spy.mock.calls.length])).toEqual([['getMany', 1]])
    await app.close()
  })

  it('reads no store for a visitor without a session', async () => {
    const get = vi.spyOn(store, 'get')
    await new TestBrowser().get(`${fixture.app.url}/`)
    expect(get).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })
})
