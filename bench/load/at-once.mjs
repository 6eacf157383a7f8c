// Sends work with so many at a time, and tells how long each took.

/**
 * @param {{ count: number, concurrency: number, work: (index: number) => Promise<unknown> }} load
 * @returns {Promise<{ milliseconds: number[], seconds: number }>} of each, and of all together
 */
export async function atOnce({ count, concurrency, work }) {
  const milliseconds = []
  let next = 0
  const worker = async () => {
    while (next < count) {
      const index = next++
      const start = performance.now()
      await work(index)
      milliseconds.push(performance.now() - start)
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker))
  return { milliseconds, seconds: (performance.now() - start) / 1000 }
}
