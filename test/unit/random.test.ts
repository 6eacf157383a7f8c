import { describe, expect, it } from 'vitest'
import { randomOctets, randomText } from '../../src/random.ts'

describe('randomOctets', () => {
  it.each([0, 1, 16, 32, 4095, 4096, 4097, 10_000])('gives %i bytes', (size) => {
    expect(randomOctets(size)).toHaveLength(size)
  })

  it('gives no bytes out twice: what one caller writes into them, no other reads', () => {
    const kept = Array.from({ length: 1000 }, () => randomOctets(16))
    const before = kept.map((octets) => octets.toString('hex'))
    for (const octets of Array.from({ length: 1000 }, () => randomOctets(16))) octets.fill(0)
    expect(kept.map((octets) => octets.toString('hex'))).toEqual(before)
    expect(new Set(before).size).toBe(1000)
  })

  it('gives every bit each value', () => {
    const all = Array.from({ length: 400 }, () => randomOctets(7))
    for (let at = 0; at < 7; at += 1) {
      const bytes = all.map((octets) => octets[at] ?? 0)
      expect(bytes.reduce((left, right) => left | right, 0)).toBe(0xff)
      expect(bytes.reduce((left, right) => left & right, 0xff)).toBe(0)
    }
  })
})

describe('randomText', () => {
  it('is base64url of so many bytes, and another each time', () => {
    const texts = Array.from({ length: 500 }, () => randomText(16))
    for (const text of texts) expect(text).toMatch(/^[\w-]{22}$/)
    expect(new Set(texts).size).toBe(500)
  })
})
