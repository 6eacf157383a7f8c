import { describe, expect, it } from 'vitest'
import { createTurns } from '../../../src/stores/turns.ts'
import { createGate } from '../session/gate.ts'

describe('createTurns', () => {
  it('runs what concerns the same key one after the other', async () => {
    const inTurn = createTurns()
    const steps: string[] = []
    const gate = createGate()
    const first = inTurn('key', async () => {
      steps.push('first begins')
      await gate.passed
      steps.push('first ends')
    })
    const second = inTurn('key', async () => steps.push('second'))
    await new Promise(setImmediate)
    expect(steps).toEqual(['first begins'])
    gate.open()
    await Promise.all([first, second])
    expect(steps).toEqual(['first begins', 'first ends', 'second'])
  })

  it('keeps the order of three and more', async () => {
    const inTurn = createTurns()
    const order: number[] = []
    const act = (number: number) => inTurn('key', async () => void order.push(number))
    await Promise.all([1, 2, 3, 4].map(act))
    expect(order).toEqual([1, 2, 3, 4])
  })

  it('lets other keys pass', async () => {
    const inTurn = createTurns()
    const gate = createGate()
    const slow = inTurn('slow', () => gate.passed)
    expect(await inTurn('other', async () => 'passed')).toBe('passed')
    gate.open()
    await slow
  })

  it('gives each its own result, and goes on after one that failed', async () => {
    const inTurn = createTurns()
    const results = await Promise.allSettled([
      inTurn('key', () => Promise.reject(new Error('failed'))),
      inTurn('key', async () => 'done'),
    ])
    expect(results).toEqual([
      { status: 'rejected', reason: new Error('failed') },
      { status: 'fulfilled', value: 'done' },
    ])
  })

  it('leaves no rejection that nobody handles', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', note)
    await createTurns()('key', () => Promise.reject(new Error('failed'))).catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 5))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  it('forgets a key that nobody waits for, and no other: the turns of a process do not grow', async () => {
    const sizes: number[] = []
    const set = Map.prototype.set
    const maps = new Set<Map<unknown, unknown>>()
    Map.prototype.set = function (this: Map<unknown, unknown>, ...given) {
      if (given[0] === 'watched') maps.add(this)
      return set.apply(this, given)
    }
    try {
      const inTurn = createTurns()
      const gate = createGate()
      const first = inTurn('watched', async () => undefined)
      const second = inTurn('watched', () => gate.passed)
      await first
      await new Promise(setImmediate)
      for (const map of maps) sizes.push(map.size)
      gate.open()
      await second
      await new Promise(setImmediate)
      for (const map of maps) sizes.push(map.size)
    } finally {
      Map.prototype.set = set
    }
    expect(sizes).toEqual([1, 0])
  })
})
