import * as openid from 'openid-client'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Options } from '../../../src/options.ts'
import { createDiscovery, type Discovery } from '../../../src/providers/discovery.ts'
import { createHttpClient } from '../../../src/providers/http-client.ts'
import { faults, startTestProvider, type TestProvider } from '../../../src/testing/index.ts'
import { providerSettingsOf } from '../settings.ts'

let provider: TestProvider
let now = 1_700_000_000

beforeAll(async () => {
  provider = await startTestProvider()
})
afterEach(async () => {
  await provider.start()
  provider.behave()
  provider.requests.length = 0
})
afterAll(() => provider.close())

function discoveryOf(changes: Partial<Options> = {}): Discovery {
  const settings = providerSettingsOf({
    provider: { issuer: provider.issuer },
    clock: () => now,
    httpTimeoutSeconds: 5,
    ...changes,
  })
  return createDiscovery(settings, createHttpClient(settings))
}

function asked(): number {
  return provider.requestsTo('discovery').length
}

/** Waits for what nobody waits for. */
async function settled(): Promise<void> {
  await vi.waitFor(() => expect(asked()).toBeGreaterThan(0))
  await new Promise((resolve) => setTimeout(resolve, 50))
}

function failure(cause?: unknown) {
  const members = { code: 'ERR_RP_DISCOVERY', status: 503, provider: provider.issuer }
  return expect.objectContaining(cause === undefined ? members : { ...members, cause })
}

describe('createDiscovery', () => {
  it('asks nothing before it is called', async () => {
    discoveryOf()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(provider.requests).toEqual([])
  })

  it('gives the metadata of {issuer}/.well-known/openid-configuration (OpenID Connect Discovery 1.0 section 4)', async () => {
    const configuration = await discoveryOf()()
    expect(provider.requests.map(({ path }) => path)).toEqual(['/.well-known/openid-configuration'])
    expect(configuration.serverMetadata()).toMatchObject({
      issuer: provider.issuer,
      jwks_uri: `${provider.issuer}/jwks`,
    })
  })

  it('binds the metadata to the client: its id and its algorithm', async () => {
    const configuration = await discoveryOf({ idTokenSignedResponseAlg: 'ES256' })()
    expect(configuration.clientMetadata()).toMatchObject({
      client_id: 'test-client',
      id_token_signed_response_alg: 'ES256',
    })
  })

  it.each([2.01, 1.005])(
    'takes a time limit of %d seconds, which is no whole number of milliseconds',
    async (seconds) => {
      await expect(discoveryOf({ httpTimeoutSeconds: seconds })()).resolves.toBeDefined()
    },
  )

  it('asks once for 50 logins of the same moment', async () => {
    const discovery = discoveryOf()
    const configurations = await Promise.all(Array.from({ length: 50 }, () => discovery()))
    expect(new Set(configurations).size).toBe(1)
    expect(asked()).toBe(1)
  })

  it('asks once for 50 logins of the same moment when it fails, and again for the next', async () => {
    provider.misbehave({ discovery: { status: 404 } })
    const discovery = discoveryOf()
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => discovery()))
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    expect(asked()).toBe(1)
    provider.behave()
    await expect(discovery()).resolves.toBeDefined()
    expect(asked()).toBe(2)
  })
})

describe('createDiscovery and a provider that fails', () => {
  it('tries three times when the provider answers 500, and then rejects with ERR_RP_DISCOVERY (503)', async () => {
    provider.misbehave({ discovery: { status: 500 } })
    await expect(discoveryOf()()).rejects.toEqual(failure(expect.any(Error)))
    expect(asked()).toBe(3)
  })

  it('succeeds when the provider is back between two tries', async () => {
    provider.misbehave({ discovery: { status: 503 } })
    const configuration = discoveryOf()()
    await vi.waitFor(() => expect(asked()).toBe(1))
    provider.behave()
    await expect(configuration).resolves.toBeDefined()
    expect(asked()).toBe(2)
  })

  it('succeeds when the provider listens again between two tries', async () => {
    await provider.stop()
    const configuration = discoveryOf()()
    setTimeout(() => void provider.start(), 100)
    await expect(configuration).resolves.toBeDefined()
  })

  it.each([
    ['another issuer', { discovery: { replace: { issuer: 'https://another.example' } } }],
    ['404', { discovery: { status: 404 } }],
    ['400', { discovery: { status: 400 } }],
    ['a page', { discovery: { body: '<!doctype html>', contentType: 'text/html' } }],
    ['JSON that cannot be read', { discovery: { body: '{"issuer": ' } }],
    ['a list', { discovery: { body: [] } }],
    ['more than 1 MiB', { discovery: { bodyBytes: 2 * 1024 * 1024 } }],
    ['a redirect to good metadata', { discovery: { redirectTo: '/.well-known/oauth-authorization-server' } }],
    ['no token_endpoint', faults.metadataWithoutTokenEndpoint],
    ['no jwks_uri', faults.metadataWithoutJwksUri],
    ['no authorization_endpoint', { discovery: { omit: ['authorization_endpoint'] } }],
  ])(
    'asks once and rejects when the provider answers with %s: the same request would not succeed',
    async (_what, fault) => {
      provider.misbehave(fault)
      await expect(discoveryOf()()).rejects.toEqual(failure())
      expect(provider.requests).toHaveLength(1)
    },
  )

  it.each(['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint', 'end_session_endpoint'])(
    'refuses metadata whose %s would be used without TLS',
    async (name) => {
      for (const url of [
        'http://id.example/x',
        'ftp://id.example/x',
        'javascript:alert(1)',
        '/x',
        ['https://id.example/x'],
      ]) {
        provider.misbehave({ discovery: { replace: { [name]: url } } })
        await expect(discoveryOf()()).rejects.toEqual(failure())
      }
    },
  )

  it('gives up after httpTimeoutSeconds each time', async () => {
    provider.misbehave({ discovery: { delaySeconds: 60 } })
    const start = performance.now()
    await expect(discoveryOf({ httpTimeoutSeconds: 0.1 })()).rejects.toEqual(failure())
    expect(performance.now() - start).toBeLessThan(3000)
    expect(asked()).toBe(3)
  })

  it('gives up an answer that drips', async () => {
    provider.misbehave({ discovery: { drip: true } })
    const start = performance.now()
    await expect(discoveryOf({ httpTimeoutSeconds: 0.3 })()).rejects.toEqual(failure())
    expect(performance.now() - start).toBeLessThan(4000)
  })
})

describe('createDiscovery after a while', () => {
  /** One that has discovered just now. */
  async function discovered(): Promise<Discovery> {
    const discovery = discoveryOf()
    await discovery()
    provider.requests.length = 0
    return discovery
  }

  it('asks no more within the hour', async () => {
    const discovery = await discovered()
    now += 3599
    await discovery()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(asked()).toBe(0)
  })

  it('asks again after an hour behind the back of 50 logins, once, and then serves what is new', async () => {
    const discovery = await discovered()
    const old = await discovery()
    provider.misbehave({ discovery: { replace: { jwks_uri: `${provider.issuer}/moved` } } })
    now += 3600
    const served = await Promise.all(Array.from({ length: 50 }, () => discovery()))
    expect(served.every((configuration) => configuration === old)).toBe(true)
    await settled()
    expect((await discovery()).serverMetadata().jwks_uri).toBe(`${provider.issuer}/moved`)
    expect(asked()).toBe(1)
    now += 3599
    await discovery()
    expect(asked()).toBe(1)
  })

  it('goes on with what it knows when the provider fails, and asks again after a minute', async () => {
    const discovery = await discovered()
    const known = await discovery()
    provider.misbehave({ discovery: { status: 404 } })
    now += 3600
    expect(await discovery()).toBe(known)
    await settled()
    now += 59
    expect(await discovery()).toBe(known)
    await settled()
    expect(asked()).toBe(1)
    now += 1
    expect(await discovery()).toBe(known)
    await vi.waitFor(() => expect(asked()).toBe(2))
  })

  it('goes on with what it knows when the provider announces another issuer', async () => {
    const discovery = await discovered()
    provider.misbehave({ discovery: { replace: { issuer: 'https://evil.example' } } })
    now += 3600
    await discovery()
    await settled()
    expect((await discovery()).serverMetadata().issuer).toBe(provider.issuer)
  })
})

describe('createDiscovery with metadata that was given', () => {
  const endpoints = {
    authorization_endpoint: 'https://id.example/authorize',
    token_endpoint: 'https://id.example/token',
    jwks_uri: 'https://id.example/jwks',
  }

  /** Whatever is asked is answered by an error, and written down. */
  function withMetadata(metadata: Record<string, unknown>, changes: Partial<Options> = {}) {
    const fetch = vi.fn(() => Promise.reject(new Error('asked')))
    const given = { provider: { issuer: 'https://id.example', metadata }, fetch, ...changes }
    return { fetch, discovery: discoveryOf(given) }
  }

  it('asks nothing, not even after an hour', async () => {
    const { fetch, discovery } = withMetadata(endpoints)
    await discovery()
    now += 3600
    await discovery()
    now += 3600
    expect((await discovery()).serverMetadata()).toMatchObject({ ...endpoints, issuer: 'https://id.example' })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(fetch).not.toHaveBeenCalled()
  })

  it('binds it to the client like metadata that was read', async () => {
    const { discovery } = withMetadata(endpoints, { idTokenSignedResponseAlg: 'ES256' })
    expect((await discovery()).clientMetadata()).toMatchObject({
      client_id: 'test-client',
      id_token_signed_response_alg: 'ES256',
    })
  })

  it('takes the issuer of the option, whatever the metadata says', async () => {
    const { discovery } = withMetadata({ ...endpoints, issuer: 'https://evil.example' })
    expect((await discovery()).serverMetadata().issuer).toBe('https://id.example')
  })

  it('sends later requests by our HTTP client', async () => {
    const { fetch, discovery } = withMetadata(endpoints)
    await openid.genericGrantRequest(await discovery(), 'authorization_code', { code: 'c' }).catch(() => undefined)
    expect(fetch.mock.calls).toHaveLength(1)
    expect(fetch).toHaveBeenCalledWith('https://id.example/token', expect.objectContaining({ method: 'POST' }))
  })

  it.each(['authorization_endpoint', 'token_endpoint', 'jwks_uri'])('rejects where it has no %s', async (name) => {
    const { discovery } = withMetadata({ ...endpoints, [name]: undefined })
    await expect(discovery()).rejects.toMatchObject({
      code: 'ERR_RP_DISCOVERY',
      message: expect.stringContaining(`it has no ${name}`),
    })
  })

  it('needs no jwks_uri without openid, where no ID token is expected', async () => {
    const { discovery } = withMetadata({ ...endpoints, jwks_uri: undefined }, { scope: 'read:user' })
    await expect(discovery()).resolves.toBeDefined()
  })

  it.each(['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint', 'end_session_endpoint'])(
    'refuses a %s that would be used without TLS, also without openid',
    async (name) => {
      for (const url of ['http://id.example/x', 'http://127.0.0.1/x', 'http://id.localhost/x', '/x', 5]) {
        for (const scope of ['openid', 'read:user']) {
          const { discovery } = withMetadata({ ...endpoints, [name]: url }, { scope })
          await expect(discovery()).rejects.toMatchObject({ code: 'ERR_RP_DISCOVERY', provider: 'https://id.example' })
        }
      }
    },
  )
})

describe('createDiscovery of a provider without openid in the scope', () => {
  it('takes metadata without jwks_uri, which a plain OAuth 2.0 provider has not (RFC 8414 section 2)', async () => {
    provider.misbehave(faults.metadataWithoutJwksUri)
    await expect(discoveryOf({ scope: 'profile' })()).resolves.toBeDefined()
  })
})
