// Work that has begun and not ended, so that something can wait for it.

/** The work of one purpose. */
export interface UnderWay {
  /** Counts the work until it has ended; returns it. */
  track<Value>(work: Promise<Value>): Promise<Value>
  /** Resolves when everything that is under way now has ended, whether it failed or not. Later work is not waited for. */
  settled(): Promise<void>
}

/** Creates it for one purpose. */
export function createUnderWay(): UnderWay {
  const underWay = new Set<Promise<unknown>>()
  return {
    track(work) {
      underWay.add(work)
      const forget = () => underWay.delete(work)
      work.then(forget, forget)
      return work
    },
    settled: () => Promise.allSettled(underWay).then(() => undefined),
  }
}
