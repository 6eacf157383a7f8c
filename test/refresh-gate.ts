// Holds a refresh for as long as a test wants, in the place of a delay that a busy machine may outlast.
import type { Options } from '../src/index.ts'
import { createGate, type Gate } from './unit/session/gate.ts'

/** A refresh that is held. */
export interface HeldRefresh {
  /** Resolves when the provider has answered: its refresh token is used up, and the app does not know it yet. */
  readonly answered: Promise<void>
  /** Lets the answer arrive. */
  release(): void
}

/** A network in which refreshes can be held. */
export interface RefreshGate {
  /** The option `fetch` of an app. */
  readonly fetch: NonNullable<Options['fetch']>
  /** Holds every refresh from now on, until it is released. */
  hold(): HeldRefresh
}

/** Creates the gate; it is open. */
export function createRefreshGate(): RefreshGate {
  let held: { readonly answered: Gate; readonly released: Gate } | undefined
  return {
    async fetch(url, init) {
      const answer = await fetch(url, init)
      if (!String(init.body).includes('grant_type=refresh_token')) return answer
      held?.answered.open()
      await held?.released.passed
      return answer
    },
    hold() {
      const [answered, released] = [createGate(), createGate()]
      held = { answered, released }
      return {
        answered: answered.passed,
        release: () => {
          held = undefined
          released.open()
        },
      }
    },
  }
}
