// How the bench sends its load.
import { describe, expect, it } from 'vitest'

interface AtOnce {
  atOnce(load: {
    count: number
    concurrency: number
    atMostSeconds?: number
    work: (index: number) => Promise<unknown>
  }): Promise<{ milliseconds: number[]; seconds: number }>
}

const { atOnce }: AtOnce = await import(new URL('../../../bench/load/at-once.mjs', import.meta.url).href)

describe('atOnce', () => {
  it('does each piece of work once, so many at a time', async () => {
    const done: number[] = []
    let running = 0
    let most = 0
    const work = async (index: number) => {
      running += 1
      most = Math.max(most, running)
      await Promise.resolve()
      running -= 1
      done.push(index)
    }
    const { milliseconds } = await atOnce({ count: 10, concurrency: 3, work })
    expect([done.sort((a, b) => a - b), most]).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 3])
    expect(milliseconds).toHaveLength(10)
  })

  it('begins nothing more when the time is over, and counts what was done', async () => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 20))
    const { milliseconds } = await atOnce({ count: 1000, concurrency: 2, atMostSeconds: 0.05, work: pause })
    expect(milliseconds.length).toBeGreaterThan(1)
    expect(milliseconds.length).toBeLessThan(20)
  })
})
