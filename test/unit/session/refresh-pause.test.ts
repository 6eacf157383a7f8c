import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Login } from '../../../src/session/login-records.ts'
import {
  now,
  type Process,
  pass,
  refreshed,
  refusal,
  registration,
  request,
  type ScriptedProvider,
  scriptedProvider,
  signIn,
  startProcess,
  stopClock,
  type WatchedStore,
  watchedStore,
} from './processes.ts'

const notRefreshed = expect.objectContaining({ code: 'ERR_RP_REFRESH', status: 503 })

let store: WatchedStore
let provider: ScriptedProvider
let app: Process

beforeEach(() => {
  stopClock()
  store = watchedStore()
  provider = scriptedProvider()
  app = startProcess(store, provider)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

function busy(headers: Record<string, string> = {}, status = 503): void {
  provider.answer = () => new Response('busy', { status, headers })
}

/** Tries a refresh; whether the provider was asked. */
async function asks(login: Login, by = app): Promise<boolean> {
  const before = provider.forms.length
  await refreshed(by, login).catch(() => undefined)
  return provider.forms.length > before
}

describe('createRefresh and a failure that passes', () => {
  it.each<[what: string, answer: () => unknown]>([
    ['500', () => new Response('broken', { status: 500 })],
    ['503', () => new Response('busy', { status: 503 })],
    ['429', () => refusal('slow_down', 429)],
    ['a page in place of tokens', () => new Response('<!doctype html>')],
    ['a cut connection', () => Promise.reject(Object.assign(new Error('cut'), { code: 'ECONNRESET' }))],
    ['a refusal of the client', () => refusal('invalid_client', 401)],
    ['a token that is not Bearer', () => ({ token_type: 'DPoP' })],
  ])('keeps the login after %s, and makes a pause of 2 s', async (_what, answer) => {
    provider.answer = answer
    const login = await signIn(app)
    await expect(refreshed(app, login)).rejects.toEqual(notRefreshed)
    expect(await app.records.find(request, login.id)).toEqual(login)
    expect(await asks(login)).toBe(false)
    pass(1.9)
    expect(await asks(login)).toBe(false)
    pass(0.1)
    expect(await asks(login)).toBe(true)
  })

  it('rejects with ERR_RP_REFRESH during the pause', async () => {
    busy()
    const login = await signIn(app)
    await asks(login)
    await expect(refreshed(app, login)).rejects.toEqual(notRefreshed)
  })

  it('makes the pause for this login alone, in every process', async () => {
    busy()
    const [one, other] = [await signIn(app), await signIn(app)]
    await asks(one)
    expect(await asks(one, startProcess(store, provider))).toBe(false)
    expect(await asks(other)).toBe(true)
  })

  it('is one write: a pause of this login alone', async () => {
    busy()
    const login = await signIn(app)
    store.set.mockClear()
    await asks(login)
    expect(store.set.mock.calls.map(([key]) => key)).toEqual([`relying-party:refresh-pause:${login.id}`])
  })

  it('refreshes again after the pause', async () => {
    busy()
    const login = await signIn(app)
    await asks(login)
    provider.answer = () => ({})
    pass(2)
    expect((await refreshed(app, login)).record.accessToken).toBe('access-2')
  })
})

describe('createRefresh and Retry-After (RFC 9110 section 10.2.3)', () => {
  it.each<[what: string, seconds: number, value: () => string]>([
    ['60 seconds', 60, () => '60'],
    ['a date', 60, () => new Date(Date.now() + 60_000).toUTCString()],
    ['more than an hour', 3600, () => '86400'],
    ['a date of another year', 3600, () => new Date(Date.now() + 365 * 86_400_000).toUTCString()],
  ])(
    'of %s keeps this login from asking for %d s, and all of that provider for 30 s',
    async (_what, seconds, value) => {
      const [one, other] = [await signIn(app), await signIn(app)]
      busy({ 'retry-after': value() }, 429)
      await asks(one)
      provider.answer = () => ({})
      pass(29.9)
      const elsewhere = startProcess(store, provider)
      expect([await asks(one), await asks(other), await asks(other, elsewhere)]).toEqual([false, false, false])
      pass(0.1)
      expect([await asks(one), await asks(other)]).toEqual([false, true])
      pass(seconds - 30.1)
      expect(await asks(one)).toBe(false)
      pass(0.1)
      expect(await asks(one)).toBe(true)
    },
  )

  it('of 10 seconds keeps all from asking for 10 s', async () => {
    const [one, other] = [await signIn(app), await signIn(app)]
    busy({ 'retry-after': '10' }, 429)
    await asks(one)
    pass(9.9)
    expect([await asks(one), await asks(other)]).toEqual([false, false])
    pass(0.1)
    expect(await asks(other)).toBe(true)
  })

  it.each(['0', 'Thu, 01 Jan 1970 00:00:00 GMT'])(
    'of %j makes the pause that every failure makes: a crowd does not ask without end',
    async (value) => {
      busy({ 'retry-after': value })
      const login = await signIn(app)
      await asks(login)
      expect(await asks(login)).toBe(false)
    },
  )

  it('that cannot be read makes the pause of the login', async () => {
    busy({ 'retry-after': 'soon' })
    const [one, other] = [await signIn(app), await signIn(app)]
    await asks(one)
    expect([await asks(one), await asks(other)]).toEqual([false, true])
  })

  it('is kept in the store until it has passed', async () => {
    busy({ 'retry-after': '60' })
    const login = await signIn(app)
    store.set.mockClear()
    await asks(login)
    const [own, all] = [now() + 60, now() + 30]
    expect(store.set.mock.calls).toEqual([
      [`relying-party:refresh-pause:${login.id}`, String(own), { expiresAt: own }],
      [`relying-party:refresh-pause:${registration}`, String(all), { expiresAt: all }],
    ])
  })

  it('is read together with the pause of the login, by one read of the store', async () => {
    const login = await signIn(app)
    store.getMany.mockClear()
    await refreshed(app, login)
    const keys = [login.id, registration].map((name) => `relying-party:refresh-pause:${name}`)
    expect(store.getMany.mock.calls[0]).toEqual([keys])
    expect(store.get).not.toHaveBeenCalled()
  })
})

describe('createRefresh and a provider that lets everybody wait', () => {
  it.each([
    [0.5, 2],
    [10, 30],
    [2000, 3600],
  ])(
    'makes after %d s without an answer a pause of %d s: those who wait lose a quarter of their time at most',
    async (took, seconds) => {
      provider.answer = () => {
        pass(took)
        throw Object.assign(new Error('late'), { code: 'UND_ERR_HEADERS_TIMEOUT' })
      }
      const login = await signIn(app)
      await asks(login)
      pass(seconds - 0.1)
      expect(await asks(login)).toBe(false)
      pass(0.1)
      expect(await asks(login)).toBe(true)
    },
  )
})
