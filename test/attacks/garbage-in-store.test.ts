// Whatever a store gives back for text, nobody is signed in by it, and no page fails for it.
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/index.ts'
import { useStage } from './stage.ts'

const garbage: readonly (readonly [what: string, value: unknown])[] = [
  ['a Buffer', Buffer.from('v1.x')],
  ['a number', 7],
  ['an object', { value: 'v1.x' }],
  ['a list', ['v1.x']],
  ['true', true],
  ['false', false],
  ['an empty text', ''],
  ['a blank', ' '],
  ['the beginning of a record', 'v1.'],
  ['null', null],
]

describe('a login record that the store gives back as something else', () => {
  const stage = useStage()

  async function appOn(store: Store) {
    const app = await stage.app({ store })
    return { app, browser: await stage.signIn(app) }
  }

  it.each(garbage)('counts as signed out: %s', async (_what, value) => {
    const { get, set, delete: remove, getMany, setIfAbsent, replace } = stage.store
    const state = { isBroken: false }
    const broken = <Value>(key: string, found: Value) =>
      state.isBroken && key.includes(':login:') ? (value as Value) : found
    const one = { get: async (key: string) => broken(key, await get(key)), set, delete: remove }
    const several = {
      getMany: async (keys: readonly string[]) =>
        (await getMany(keys)).map((found, index) => broken(keys[index] ?? '', found)),
    }
    for (const store of [one, { ...one, ...several, setIfAbsent, replace }]) {
      state.isBroken = false
      const { app, browser } = await appOn(store)
      expect(await stage.isSignedIn(app, browser)).toBe(true)
      state.isBroken = true
      expect((await browser.get(`${app.url}/whoami`)).text).toBe('null')
      expect((await browser.get(`${app.url}/orders`)).status).toBe(302)
      expect((await browser.post(`${app.url}/logout`)).status).toBeLessThan(400)
      expect(app.errors).toEqual([])
    }
  })
})

const unreadable: typeof garbage = [
  ...garbage.filter(([, value]) => value !== null && value !== 7),
  ['no number', 'NaN'],
  ['another form', '-1'],
]

describe('an epoch that cannot be read', () => {
  const stage = useStage()

  it.each(unreadable)('ends the login, for it stands for a sign-out: %s', async (_what, value) => {
    const { store } = stage
    const state = { isBroken: false }
    const broken = (key: string | undefined, found: string | undefined) =>
      state.isBroken && key?.includes(':epoch:') ? (value as string) : found
    const getMany = async (keys: readonly string[]) =>
      (await store.getMany(keys)).map((found, index) => broken(keys[index], found))
    const app = await stage.app({ store: { ...store, getMany } })
    const browser = await stage.signIn(app)
    state.isBroken = true
    expect((await browser.get(`${app.url}/whoami`)).text).toBe('null')
    expect(app.errors).toEqual([])
  })

  it('is replaced by the next sign-out, after which the person can sign in', async () => {
    const { store } = stage
    const written = new Set<string>()
    const app = await stage.app({
      store: {
        ...store,
        setIfAbsent: async (key, value, life) => {
          if (key.includes(':epoch:')) written.add(key)
          return await store.setIfAbsent(key, value, life)
        },
      },
    })
    const target = { iss: stage.provider.issuer, sub: 'test-user' }
    await app.relyingParty.endLogins(target)
    await delay(10)
    const browser = await stage.signIn(app)
    expect(await stage.isSignedIn(app, browser)).toBe(true)
    const [key = ''] = written
    await store.set(key, '[]', { expiresAt: Date.now() / 1000 + 60 })
    expect(await stage.isSignedIn(app, browser)).toBe(false)
    await app.relyingParty.endLogins(target)
    await delay(10)
    expect(await stage.isSignedIn(app, await stage.signIn(app))).toBe(true)
  })
})
