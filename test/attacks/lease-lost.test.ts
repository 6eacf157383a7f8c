// A process that stood still has lost its lease: it must not spend the refresh token that another one has spent since.
import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/index.ts'
import { gate, useStage } from './stage.ts'

describe('a process that lost its lease', () => {
  const stage = useStage()

  /** The store of a process that stands still once it has the lease. */
  function standingStill() {
    const { store } = stage
    const { shut, open, pass } = gate()
    const leases: string[] = []
    const still: Required<Store> = {
      ...store,
      getMany: async (keys) => {
        const values = await store.getMany(keys) // what it read is old when it goes on
        await pass()
        return values
      },
      replace: (key, value, life) => pass().then(() => store.replace(key, value, life)),
      setIfAbsent: async (key, value, life) => {
        const isSet = await store.setIfAbsent(key, value, life)
        if (!key.includes(':lease:') || leases.length > 0) return isSet
        leases.push(key)
        shut()
        return isSet
      },
    }
    return { still, leases, open }
  }

  it('does not spend the token a second time: it answers with what the other one got', async () => {
    const { still, leases, open } = standingStill()
    const [slow, quick] = [await stage.app({ store: still }), await stage.app()]
    const browser = await stage.signIn(quick)
    const slowPage = browser.get(`${slow.url}/forced`)
    await expect.poll(() => leases.length).toBe(1)
    for (const key of leases) await stage.store.delete(key) // as its time does
    const quickPage = await browser.get(`${quick.url}/forced`)
    open()
    expect([quickPage.status, (await slowPage).status]).toEqual([200, 200])
    expect((await slowPage).text).toBe(quickPage.text)
    expect(stage.refreshes()).toHaveLength(1)
    expect((await browser.get(`${quick.url}/forced`)).status).toBe(200)
  })

  it('takes a new one and refreshes when nobody else did', async () => {
    const { still, leases, open } = standingStill()
    const slow = await stage.app({ store: still })
    const browser = await stage.signIn(slow)
    const page = browser.get(`${slow.url}/forced`)
    await expect.poll(() => leases.length).toBe(1)
    for (const key of leases) await stage.store.delete(key)
    open()
    expect((await page).status).toBe(200)
    expect(stage.refreshes()).toHaveLength(1)
  })
})
