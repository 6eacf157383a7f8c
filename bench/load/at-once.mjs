// Sends work with so many at a time, until so many are done or the time is over, and tells how long each took.

/**
 * @param {{ count: number, concurrency: number, atMostSeconds?: number, work: (index: number) => Promise<unknown> }} load
 * @returns {Promise<{ milliseconds: number[], seconds: number }>} of each, and of all together
 */
export async function atOnce({ count, concurrency, atMostSeconds = Number.POSITIVE_INFINITY, work }) {
  const milliseconds = []
  let next = 0
  const begin = performance.now()
  const isOver = () => next >= count || performance.now() - begin >= atMostSeconds * 1000
  const worker = async () => {
    while (!isOver()) {
      const index = next++
      const start = performance.now()
      await work(index)
      milliseconds.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker))
  return { milliseconds, seconds: (performance.now() - begin) / 1000 }
}
