// Whose logins were ended stay signed out: no write that comes late or is sent again takes an epoch back.
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/index.ts'
import { gate, useStage } from './stage.ts'

/** The store of a process whose next write of an epoch takes effect when the gate opens; `waits` says whether one has come. */
function withHeldEpochs(store: Required<Store>) {
  const { shut, open, pass } = gate()
  let isArmed = false
  let isWaiting = false
  const hold = async (key: string): Promise<void> => {
    if (!isArmed || !key.includes(':epoch:')) return
    isArmed = false
    isWaiting = true
    await pass()
  }
  const held: Required<Store> = {
    ...store,
    set: (key, value, life) => hold(key).then(() => store.set(key, value, life)),
    setIfAbsent: (key, value, life) => hold(key).then(() => store.setIfAbsent(key, value, life)),
    replace: (key, value, life) => hold(key).then(() => store.replace(key, value, life)),
  }
  const arm = () => {
    isArmed = true
    shut()
  }
  return { held, arm, open, waits: () => isWaiting }
}

describe('the write of an epoch', () => {
  const stage = useStage()
  const target = () => ({ iss: stage.provider.issuer, sub: 'test-user' })

  it.each([
    ['the first of this person', false],
    ['one of several', true],
  ])(
    'does not revive logins that a later one has ended when it comes late: %s (threat V31)',
    async (_which, hasOne) => {
      const { held, arm, open, waits } = withHeldEpochs(stage.store)
      const [slow, quick] = [await stage.app({ store: held }), await stage.app()]
      if (hasOne) await quick.relyingParty.endLogins(target())
      await delay(10) // of the same instant nothing would be written
      arm()
      const late = slow.relyingParty.endLogins(target())
      await expect.poll(waits).toBe(true)
      await delay(10)
      const browser = await stage.signIn(quick)
      expect(await stage.isSignedIn(quick, browser)).toBe(true)
      const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
      await delay(10)
      await quick.relyingParty.endLogins(target())
      open()
      await late
      const page = await browser.get(`${quick.url}/whoami`, { headers: { cookie } })
      expect(page.text).toBe('null')
    },
  )

  it('ends what began before it, also when an earlier one is there', async () => {
    const app = await stage.app()
    await app.relyingParty.endLogins(target())
    await delay(10)
    const browser = await stage.signIn(app)
    await delay(10)
    await app.relyingParty.endLogins(target())
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })

  it('by a Logout Token that was held up does not revive what a later one has ended (threat V31)', async () => {
    const { held, arm, open, waits } = withHeldEpochs(stage.store)
    const [slow, quick] = [await stage.app({ store: held }), await stage.app()]
    arm()
    const late = stage.logOut(slow, stage.provider.logoutToken())
    await expect.poll(waits).toBe(true)
    await delay(10)
    const browser = await stage.signIn(quick)
    await delay(10)
    expect(await stage.logOut(quick, stage.provider.logoutToken())).toBe(200)
    open()
    expect(await late).toBe(200)
    expect(await stage.isSignedIn(quick, browser)).toBe(false)
  })
})

describe('an ended login', () => {
  const stage = useStage()

  it('is deleted when it is seen, so that it stays ended where its epoch gets lost', async () => {
    const epochs = new Set<string>()
    const { store } = stage
    const noting: Required<Store> = {
      ...store,
      setIfAbsent: async (key, value, life) => {
        if (key.includes(':epoch:')) epochs.add(key)
        return await store.setIfAbsent(key, value, life)
      },
    }
    const app = await stage.app({ store: noting })
    const browser = await stage.signIn(app)
    await delay(10)
    await app.relyingParty.endLogins({ iss: stage.provider.issuer, sub: 'test-user' })
    expect(await stage.isSignedIn(app, browser)).toBe(false)
    expect(epochs.size).toBe(1)
    for (const key of epochs) await store.delete(key)
    expect(await stage.isSignedIn(app, browser)).toBe(false)
  })
})
