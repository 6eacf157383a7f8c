// A factory that is passed to the app without being called answers every request with an error, and lets none hang.
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  errorPage,
  keepAccessTokenFresh,
  memoryStore,
  postgresStore,
  redisStore,
  relyingParty,
  requireAccessToken,
  requireAuth,
  requireClaim,
  requireScope,
} from '../../src/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

type Factory = (...given: unknown[]) => unknown

/** Every factory that is exported, and what the error says to write. */
const factories: Readonly<Record<string, readonly [factory: Factory, call: string]>> = {
  relyingParty: [relyingParty as Factory, 'relyingParty({ ... })'],
  requireAuth: [requireAuth as Factory, 'requireAuth()'],
  requireClaim: [requireClaim as Factory, "requireClaim('groups', 'admins')"],
  requireScope: [requireScope as Factory, "requireScope('orders:read')"],
  requireAccessToken: [requireAccessToken as Factory, 'requireAccessToken({ ... })'],
  keepAccessTokenFresh: [keepAccessTokenFresh as Factory, 'keepAccessTokenFresh()'],
  errorPage: [errorPage as Factory, 'errorPage()'],
  memoryStore: [memoryStore as Factory, 'memoryStore()'],
  redisStore: [redisStore as Factory, 'redisStore(client)'],
  postgresStore: [postgresStore as Factory, 'postgresStore(pool)'],
}
const names = Object.keys(factories)

describe.each(setups)('a factory that was not called, on $name', (setup) => {
  const handler = vi.fn((_request: unknown, response: ServerResponse) => response.end('secret'))
  const fixture = useProviderAndApp({
    setup,
    routes: Object.entries(factories).map(([name, [factory]]) => [`/${name}`, factory, handler] as const),
  })

  afterEach(() => handler.mockClear())

  it.each(names)(
    '%s answers 500 with ERR_RP_OPTIONS, signed out and signed in, and the handler does not run',
    async (name) => {
      const browser = new TestBrowser()
      for (const login of ['signed out', 'signed in']) {
        if (login === 'signed in') await browser.follow(`${fixture.app.url}/orders`)
        const page = await browser.get(`${fixture.app.url}/${name}`)
        expect([page.status, page.text.includes('ERR_RP_OPTIONS')]).toEqual([500, true])
      }
      expect(handler).not.toHaveBeenCalled()
      const message = expect.stringContaining(`${name} was passed to the app without being called`)
      const error = expect.objectContaining({ code: 'ERR_RP_OPTIONS', message })
      expect(fixture.app.errors).toEqual([error, error])
      expect((fixture.app.errors[0] as Error).message).toContain(`Write ${factories[name]?.[1]}.`)
    },
  )
})

describe('a factory that is handed parts of a request', () => {
  const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url: '/' })
  const response = new ServerResponse(request)
  const next = () => undefined
  /** As node:http2 and serverless adapters have them: of other classes. */
  const likeRequest = { method: 'GET', url: '/', headers: {} }

  it.each(names)('%s throws ERR_RP_OPTIONS', (name) => {
    const [factory] = factories[name] ?? []
    const own = { requireClaim: ['groups', 'admins'], requireScope: ['openid'] }[name] ?? []
    for (const given of [
      [request, response, next],
      [likeRequest],
      [response],
      [next],
      [undefined, response],
      [{}, next],
    ]) {
      expect(() => factory?.(...given)).toThrow(expect.objectContaining({ code: 'ERR_RP_OPTIONS' }))
      expect(() => factory?.(...own, ...given)).toThrow(expect.objectContaining({ code: 'ERR_RP_OPTIONS' }))
    }
  })

  it.each([
    ['relyingParty', 1],
    ['requireAuth', 1],
    ['requireClaim', 3],
    ['requireAccessToken', 1],
    ['redisStore', 2],
    ['postgresStore', 2],
    ['keepAccessTokenFresh', 0],
    ['errorPage', 0],
    ['memoryStore', 0],
  ])('%s takes %d arguments at most: one more would be ignored', (name, most) => {
    const [factory] = factories[name] ?? []
    const given = [...Array(most).fill({}), { acrValues: ['gold'] }]
    expect(() => factory?.(...given)).toThrow(new RegExp(`^${name}\\(\\) takes (no|at most ${most}) argument`))
  })
})
