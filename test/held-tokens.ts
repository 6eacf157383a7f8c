// Holds requests to the token endpoint, and browsers that give up on the answer or never get its cookie.
import { get as httpGet } from 'node:http'
import type { ProviderFetch } from '../src/index.ts'
import type { TestBrowser } from '../src/testing/index.ts'

/** Token requests of an app that wait until they are released; others pass. */
export interface HeldTokens {
  /** For the option `fetch`. */
  readonly fetch: ProviderFetch
  /** Holds the next token request. Resolves when it waits. */
  hold(): Promise<void>
  /** Releases the one that waits; it reaches the provider now. */
  release(): void
}

export function holdTokens(): HeldTokens {
  let next: { arrived(): void; readonly released: Promise<void> } | undefined
  let release = () => {}
  return {
    async fetch(url, init) {
      if (new URL(url).pathname === '/token' && next !== undefined) {
        const { arrived, released } = next
        next = undefined
        arrived()
        await released
      }
      return await fetch(url, init)
    },
    hold: () =>
      new Promise((resolve) => {
        const released = new Promise<void>((give) => {
          release = give
        })
        next = { arrived: resolve, released }
      }),
    release: () => release(),
  }
}

/** The cookies of a browser as it sends them, for requests whose answer it is not to see. */
export function cookiesOf(browser: TestBrowser): string {
  return browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
}

/** A navigation that the browser can give up on: the connection is closed then, as browsers close it. */
export interface AbortedNavigation {
  /** Resolves when the server has noticed. */
  abort(): Promise<void>
}

export function startNavigation(url: string, browser: TestBrowser): AbortedNavigation {
  const headers = { cookie: cookiesOf(browser), accept: 'text/html', 'sec-fetch-mode': 'navigate' }
  const request = httpGet(url, { headers, agent: false })
  const closed = new Promise<void>((resolve) => request.once('close', resolve))
  request.once('error', () => {}) // its own end
  return {
    async abort() {
      request.destroy()
      await closed
      await new Promise((resolve) => setTimeout(resolve, 50)) // until the end of the connection has arrived
    },
  }
}
