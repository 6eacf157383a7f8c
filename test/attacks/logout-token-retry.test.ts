// V29 and V31: a Logout Token counts as used when it has worked; one that failed here can be sent again by the provider.
import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/index.ts'
import { useStage } from './stage.ts'

describe('a Logout Token that could not be carried out', () => {
  const stage = useStage()

  it('works when the provider sends it again, and once only, though the store could not delete either', async () => {
    const { store } = stage
    const state = { isDown: false }
    const unless = async (isDown: boolean): Promise<void> => {
      if (isDown) throw new Error('the store is down')
    }
    const down: Required<Store> = {
      ...store,
      delete: (key) => unless(state.isDown).then(() => store.delete(key)),
      replace: (key, value, life) => unless(state.isDown).then(() => store.replace(key, value, life)),
      set: (key, value, life) => unless(state.isDown).then(() => store.set(key, value, life)),
      setIfAbsent: (key, value, life) =>
        unless(state.isDown && key.includes(':epoch:')).then(() => store.setIfAbsent(key, value, life)),
    }
    const app = await stage.app({ store: down })
    const browser = await stage.signIn(app)
    const token = stage.provider.logoutToken()
    state.isDown = true
    expect(await stage.logOut(app, token)).toBe(400)
    state.isDown = false
    expect(await stage.isSignedIn(app, browser)).toBe(true)
    expect(await stage.logOut(app, token)).toBe(200)
    expect(await stage.isSignedIn(app, browser)).toBe(false)
    expect(await stage.logOut(app, token)).toBe(400)
  })
})
