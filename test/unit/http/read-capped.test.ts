import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readCapped } from '../../../src/http/read-capped.ts'

describe('readCapped', () => {
  it('reads a body to its end, up to the cap itself', async () => {
    expect((await readCapped(Readable.from([Buffer.from('ab'), Buffer.from('cd')]), 4)).toString()).toBe('abcd')
  })

  it('stops at the first byte beyond the cap and takes nothing more: the stream has ended', async () => {
    let taken = 0
    const endless = Readable.from(
      (function* chunks() {
        for (;;) {
          taken++
          yield Buffer.alloc(10)
        }
      })(),
      { highWaterMark: 1 },
    )
    await expect(readCapped(endless, 25)).rejects.toBeInstanceOf(RangeError)
    expect(endless.destroyed).toBe(true)
    expect(taken).toBeLessThan(8)
  })

  it('rejects with what the stream fails with', async () => {
    const broken = new Readable({ read: () => broken.destroy(new Error('gone')) })
    await expect(readCapped(broken, 4)).rejects.toThrow('gone')
  })
})
