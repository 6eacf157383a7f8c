// The arithmetic of the bench.
import { describe, expect, it } from 'vitest'

interface Statistics {
  median(values: readonly number[]): number
  percentile(values: readonly number[], percent: number): number
  pairedRatio(values: readonly number[], floors: readonly number[]): number
  riseOfMinima(points: readonly (readonly [number, number])[]): number
}

const { median, percentile, pairedRatio, riseOfMinima }: Statistics = await import(
  new URL('../../../bench/statistics.mjs', import.meta.url).href
)

describe('median', () => {
  it('is the middle value, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5)
  })

  it('is the mean of the two in the middle', () => {
    expect(median([10, 2, 4, 3])).toBe(3.5)
  })

  it('leaves its input as it was', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })
})

describe('percentile', () => {
  const hundred = Array.from({ length: 101 }, (_, index) => index)

  it.each([0, 50, 99, 100])('finds percent %d', (percent) => {
    expect(percentile(hundred, percent)).toBe(percent)
  })

  it('lies between two values by their distance', () => {
    expect(percentile([10, 20], 25)).toBe(12.5)
  })

  it('sorts by size, not by text', () => {
    expect(percentile([100, 9, 20], 100)).toBe(100)
  })

  it('refuses no values', () => {
    expect(() => percentile([], 50)).toThrow(RangeError)
  })
})

describe('pairedRatio', () => {
  it('compares within rounds: a slow round does not count', () => {
    expect(pairedRatio([2, 200, 2], [1, 100, 1])).toBe(2)
  })

  it('is not the ratio of the medians', () => {
    expect(pairedRatio([1, 2, 9], [1, 4, 3])).toBe(1)
  })

  it('refuses rounds without a floor', () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow(RangeError)
  })
})

describe('riseOfMinima', () => {
  it('is the slope of what rises in a straight line', () => {
    const points = [0, 10, 20, 30, 40, 50].map((x) => [x, 3 * x + 7] as const)
    expect(riseOfMinima(points)).toBeCloseTo(3)
  })

  it('is 0 of what fills and empties, wherever it ends', () => {
    const teeth = [5, 6, 7, 5, 6, 7, 5, 6, 7].map((y, x) => [x, y] as const)
    expect(riseOfMinima(teeth)).toBe(0)
    expect(riseOfMinima(teeth.slice(0, 8))).toBe(0)
  })

  it('finds what rises beneath the teeth', () => {
    const teeth = [5, 6, 7, 5, 6, 7, 5, 6, 7].map((y, x) => [x, y + x] as const)
    expect(riseOfMinima(teeth)).toBeCloseTo(1)
  })
})
