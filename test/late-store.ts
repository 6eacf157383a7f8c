// A session store that answers late, in an order that a seed decides: what happens at once elsewhere happens in any order.
import session from 'express-session'

/** Numbers between 0 and 1, the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Another one by hand: `TABS_SEED=7 npx vitest run test/integration/ten-tabs.test.ts`. */
export const seed = Number(process.env['TABS_SEED'] ?? 1)

/** A store in the network: every answer takes its time, reads another than writes. */
export class LateStore extends session.MemoryStore {
  readonly #random = seeded(seed)

  override get(...[id, done]: Parameters<session.MemoryStore['get']>): void {
    setTimeout(() => super.get(id, done), this.#random() * 10)
  }
  override set(...[id, data, done]: Parameters<session.MemoryStore['set']>): void {
    setTimeout(() => super.set(id, data, done), this.#random() * 25)
  }
}
