import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createShutdown } from '../../../src/session/shutdown.ts'
import { memoryStore } from '../../../src/stores/memory-store.ts'
import { createGate } from './gate.ts'
import {
  type Process,
  pass,
  read,
  request,
  type ScriptedProvider,
  scriptedProvider,
  signIn,
  startProcess,
  stopClock,
  type WatchedStore,
  watchedStore,
} from './processes.ts'

const refused = expect.objectContaining({ code: 'ERR_RP_REFRESH', status: 503 })
const forced = { forceRefresh: true }

/** Whether the promise has settled by now, with a moment for whatever is at hand. */
async function hasSettled(promise: Promise<unknown>): Promise<boolean> {
  const moment = new Promise((resolve) => setTimeout(() => resolve('waiting'), 20))
  return (await Promise.race([promise, moment])) !== 'waiting'
}

const flush = vi.fn()
const shutdownOf = () => createShutdown({ log: { flush } }, { all: [] })

describe('createShutdown', () => {
  it('ends once, whoever asks, and writes the log at the end', async () => {
    flush.mockClear()
    const shutdown = shutdownOf()
    const work = createGate()
    void shutdown.track(work.passed)
    const closed = shutdown.close()
    expect(shutdown.close()).toBe(closed)
    expect(flush).not.toHaveBeenCalled()
    work.open()
    await closed
    expect(shutdown.close()).toBe(closed)
    expect(flush).toHaveBeenCalledTimes(1)
  })

  it('lets refreshes begin until the end has begun', async () => {
    const shutdown = shutdownOf()
    expect(() => shutdown.requireOpen()).not.toThrow()
    const finished = shutdown.close()
    expect(() => shutdown.requireOpen()).toThrow(refused)
    await finished
    expect(() => shutdown.requireOpen()).toThrow(refused)
  })

  it('waits for work that succeeds and for work that fails, and gives it back as it is', async () => {
    const shutdown = shutdownOf()
    const [good, bad] = [createGate<string>(), createGate<string>()]
    const tracked = [shutdown.track(good.passed), shutdown.track(bad.passed)]
    expect(tracked).toEqual([good.passed, bad.passed])
    const finished = shutdown.close()
    good.open('done')
    expect(await hasSettled(finished)).toBe(false)
    bad.fail(new Error('failed'))
    await expect(bad.passed).rejects.toThrow('failed')
    await expect(finished).resolves.toBeUndefined()
  })

  it('does the last acts after that, and waits for what has begun by then, whatever fails', async () => {
    const shutdown = shutdownOf()
    const [refresh, act, revocation] = [createGate(), createGate(), createGate()]
    const begun: string[] = []
    void shutdown.track(refresh.passed.then(() => void shutdown.track(revocation.passed)))
    shutdown.atEnd(() => Promise.reject(new Error('failed')))
    shutdown.atEnd(() => {
      begun.push('act')
      return act.passed
    })
    const finished = shutdown.close()
    expect(await hasSettled(finished)).toBe(false)
    expect(begun).toEqual([])
    for (const gate of [refresh, act, revocation]) {
      expect(await hasSettled(finished)).toBe(false)
      gate.open()
    }
    await finished
    expect(begun).toEqual(['act'])
  })
})

describe('a process that shuts down', () => {
  let store: WatchedStore
  let provider: ScriptedProvider
  let app: Process
  /** The store takes no login record while it is down. */
  let isDown: boolean

  const isLease = (key: string) => key.includes(':lease:')

  beforeEach(() => {
    stopClock()
    isDown = false
    const memory = memoryStore()
    store = watchedStore({
      ...memory,
      replace: async (key, value, life) => {
        if (isDown && !isLease(key)) throw new Error('down')
        return await memory.replace(key, value, life)
      },
    })
    provider = scriptedProvider()
    app = startProcess(store, provider)
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('finishes a refresh that the provider is asked for: its tokens are stored and its lease is over', async () => {
    const login = await signIn(app)
    const { passed, open } = createGate()
    provider.answer = async () => await passed.then(() => ({}))
    const refreshed = app.getAccessToken(request, login, forced)
    await expect.poll(() => provider.forms.length).toBe(1)
    const finished = app.shutdown.close()
    expect(await hasSettled(finished)).toBe(false)
    open()
    await finished
    expect((await read(app.records, login.id)).record).toMatchObject({ refreshToken: 'refresh-1', version: 2 })
    expect((await refreshed).accessToken).toBe('access-1')
    const other = startProcess(store, provider)
    await other.getAccessToken(request, await read(other.records, login.id), forced)
    expect(provider.forms.map((form) => form['refresh_token'])).toEqual(['refresh-0', 'refresh-1'])
  })

  it('begins no refresh: the token at hand is used while it lives, then ERR_RP_REFRESH, and the login goes on', async () => {
    const login = await signIn(app)
    await app.shutdown.close()
    pass(290)
    expect((await app.getAccessToken(request, login, {})).accessToken).toBe('access-0')
    pass(20)
    await expect(app.getAccessToken(request, login, {})).rejects.toEqual(refused)
    expect([provider.forms, store.setIfAbsent.mock.calls]).toEqual([[], []])
    const other = startProcess(store, provider)
    expect((await other.getAccessToken(request, login, {})).accessToken).toBe('access-1')
  })

  it('does not use a refresh token up whose refresh was still waiting for the keys', async () => {
    const keys = createGate()
    const network: typeof provider.fetch = async (url, init) => await keys.passed.then(() => provider.fetch(url, init))
    const fresh = startProcess(store, { ...provider, fetch: network })
    const login = await signIn(fresh)
    const refreshed = fresh.getAccessToken(request, login, forced)
    const outcome = expect(refreshed).rejects.toEqual(refused)
    await expect.poll(() => store.setIfAbsent.mock.calls.filter(([key]) => isLease(key)).length).toBe(1)
    const finished = fresh.shutdown.close()
    keys.open()
    await Promise.all([outcome, finished])
    expect(provider.forms).toEqual([])
    expect((await startProcess(store, provider).getAccessToken(request, login, forced)).accessToken).toBe('access-1')
  })

  it('does not take over from a process that it was waiting for', async () => {
    const login = await signIn(app)
    const held = createGate()
    provider.answer = async () => await held.passed.then(() => ({}))
    const [slow, waiting] = [app, startProcess(store, provider)]
    const refreshed = slow.getAccessToken(request, login, forced)
    await expect.poll(() => provider.forms.length).toBe(1)
    const outcome = expect(waiting.getAccessToken(request, login, forced)).rejects.toEqual(refused)
    await waiting.shutdown.close()
    await outcome
    held.open()
    await refreshed
    expect(provider.forms).toHaveLength(1)
  })

  it('writes the tokens that the store did not take before', async () => {
    const login = await signIn(app)
    isDown = true
    await expect(app.getAccessToken(request, login, forced)).rejects.toMatchObject({ code: 'ERR_RP_STORE' })
    isDown = false
    await app.shutdown.close()
    expect((await read(app.records, login.id)).record).toMatchObject({
      accessToken: 'access-1',
      refreshToken: 'refresh-1',
    })
    expect(provider.forms).toHaveLength(1)
  })

  it('does not fail when the store still does not take them', async () => {
    const login = await signIn(app)
    isDown = true
    await expect(app.getAccessToken(request, login, forced)).rejects.toMatchObject({ code: 'ERR_RP_STORE' })
    await expect(app.shutdown.close()).resolves.toBeUndefined()
  })

  it('waits for the revocation of what came for a login that has ended', async () => {
    const revocation = createGate()
    const network: typeof provider.fetch = async (url, init) => {
      if (url.endsWith('/revocation')) await revocation.passed
      return await provider.fetch(url, init)
    }
    const slow = startProcess(store, { ...provider, fetch: network })
    const login = await signIn(slow)
    provider.answer = async () => {
      await slow.records.delete(request, login.id)
      return {}
    }
    const refreshed = slow.getAccessToken(request, login, forced)
    const outcome = expect(refreshed).rejects.toMatchObject({ code: 'ERR_RP_LOGIN_REQUIRED' })
    await expect.poll(() => provider.forms.length).toBe(1)
    const closed = slow.shutdown.close()
    await outcome
    expect(await hasSettled(closed)).toBe(false)
    revocation.open()
    await closed
    expect(provider.revoked).toEqual(['refresh-1'])
  })
})
