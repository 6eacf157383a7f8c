import { decodeProtectedHeader, type JWTVerifyGetKey, type JWTVerifyResult, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Options } from '../../../src/options.ts'
import { createHttpClient } from '../../../src/providers/http-client.ts'
import { createSigningKeys, type SigningKeys } from '../../../src/providers/signing-keys.ts'
import { faults, startTestProvider, type TestProvider } from '../../../src/testing/index.ts'
import { providerSettingsOf } from '../settings.ts'

let provider: TestProvider
let now: number
let keys: SigningKeys

beforeEach(async () => {
  provider = await startTestProvider()
  now = 1_700_000_000
  keys = keysOf()
})
afterEach(() => provider.close())

function keysOf(changes: Partial<Options> = {}): SigningKeys {
  const settings = providerSettingsOf({
    provider: { issuer: provider.issuer },
    clock: () => now,
    httpTimeoutSeconds: 5,
    ...changes,
  })
  return createSigningKeys(settings, createHttpClient(settings), async () => `${provider.issuer}/jwks`)
}

function asked(): number {
  return provider.requestsTo('jwks').length
}

/** A token of the provider, verified by the keys. */
function verify(header: Record<string, unknown> = {}): Promise<unknown> {
  return verifyToken(provider.signIdToken({ sub: 'alice' }, header))
}

/** By jose, which has to be content with the keys that are found. */
function verifyToken(token: string): Promise<JWTVerifyResult> {
  return jwtVerify(token, keys.find as JWTVerifyGetKey)
}

/** Asks for a key that the provider has not. */
async function findForged(kid: string): Promise<unknown> {
  return await keys.find({ alg: 'RS256', kid })
}

async function quiet(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50))
}

const noKey = expect.objectContaining({ reason: 'no_matching_key' })

describe('createSigningKeys', () => {
  it('finds the key by which the provider signed', async () => {
    await expect(verify()).resolves.toBeDefined()
  })

  it.each([2.01, 1.005])(
    'takes a time limit of %d seconds, which is no whole number of milliseconds',
    async (seconds) => {
      keys = keysOf({ httpTimeoutSeconds: seconds })
      await expect(verify()).resolves.toBeDefined()
    },
  )

  it('asks once for 50 tokens of the same moment, and not again', async () => {
    await Promise.all(Array.from({ length: 50 }, () => verify()))
    now += 599
    await verify()
    await quiet()
    expect(asked()).toBe(1)
  })

  it('finds a key that was rotated a moment ago, by one request for 50 tokens', async () => {
    await verify()
    provider.rotateKeys({ keepOld: false })
    await Promise.all(Array.from({ length: 50 }, () => verify()))
    expect(asked()).toBe(2)
  })

  it('never misses the first rotation, however soon after the first keys it comes', async () => {
    await verify()
    provider.rotateKeys()
    await expect(verify()).resolves.toBeDefined()
  })

  it('finds the keys of two rotations with the cool-down between them', async () => {
    await verify()
    provider.rotateKeys()
    await verify()
    now += 30
    provider.rotateKeys()
    await expect(verify()).resolves.toBeDefined()
    expect(asked()).toBe(3)
  })

  it('still finds the old key after a rotation that kept it', async () => {
    const token = provider.signIdToken({ sub: 'alice' })
    provider.rotateKeys({ keepOld: true })
    await verify()
    await expect(verifyToken(token)).resolves.toBeDefined()
  })
})

describe('createSigningKeys and forged kids (threat V41)', () => {
  it('asks once more for 50 of the same moment, and each fails', async () => {
    await verify()
    const found = await Promise.allSettled(Array.from({ length: 50 }, (_, index) => findForged(`forged-${index}`)))
    expect(found.filter(({ status }) => status === 'rejected')).toHaveLength(50)
    expect(found[49]).toMatchObject({ reason: noKey })
    expect(asked()).toBe(2)
  })

  it('asks once within the cool-down and once more after it', async () => {
    await verify()
    for (const seconds of [0, 10, 19]) {
      now += seconds
      await expect(findForged(`forged-${seconds}`)).rejects.toEqual(noKey)
    }
    expect(asked()).toBe(2)
    now += 1
    await expect(findForged('forged-last')).rejects.toEqual(noKey)
    expect(asked()).toBe(3)
  })

  it('keeps to the cool-down of the option keyRefetchCooldownSeconds', async () => {
    keys = keysOf({ provider: { issuer: provider.issuer, keyRefetchCooldownSeconds: 5 } })
    await verify()
    await expect(findForged('a')).rejects.toEqual(noKey)
    now += 4
    await expect(findForged('b')).rejects.toEqual(noKey)
    expect(asked()).toBe(2)
    now += 1
    await expect(findForged('c')).rejects.toEqual(noKey)
    expect(asked()).toBe(3)
  })

  it('keeps to the cool-down when the provider fails too, and goes on with the known keys', async () => {
    await verify()
    provider.misbehave(faults.jwks500)
    await expect(findForged('a')).rejects.toThrow()
    await expect(findForged('b')).rejects.toEqual(noKey)
    expect(asked()).toBe(2)
    await expect(verify()).resolves.toBeDefined()
  })

  it('asks nothing for a token without kid while one key is published', async () => {
    await verify()
    await expect(verify({ kid: undefined })).resolves.toBeDefined()
    expect(asked()).toBe(1)
  })

  it('finds nothing for a token of another kind of key', async () => {
    const { kid } = decodeProtectedHeader(provider.signIdToken({}))
    await expect(keys.find({ alg: 'ES256', kid })).rejects.toEqual(noKey)
  })
})

describe('createSigningKeys after a while', () => {
  it('asks again after ten minutes behind the back of the token, so that a withdrawn key ends', async () => {
    const token = provider.signIdToken({ sub: 'alice' })
    await verify()
    provider.rotateKeys({ keepOld: false })
    now += 600
    await verifyToken(token)
    await vi.waitFor(() => expect(asked()).toBe(2))
    await quiet()
    await expect(verifyToken(token)).rejects.toEqual(noKey)
  })

  it('goes on with the known keys when the provider fails, and asks again after 30 seconds', async () => {
    await verify()
    provider.misbehave(faults.jwks500)
    now += 600
    await expect(verify()).resolves.toBeDefined()
    await vi.waitFor(() => expect(asked()).toBe(2))
    await quiet()
    now += 29
    await expect(verify()).resolves.toBeDefined()
    await quiet()
    expect(asked()).toBe(2)
    now += 1
    await expect(verify()).resolves.toBeDefined()
    await vi.waitFor(() => expect(asked()).toBe(3))
  })
})

describe('createSigningKeys after an hour', () => {
  /** A token by a key that was withdrawn since the keys were read; nothing was asked for in between. */
  async function withdrawn(): Promise<string> {
    const token = provider.signIdToken({ sub: 'alice' })
    await verify()
    provider.rotateKeys({ keepOld: false })
    provider.requests.length = 0
    return token
  }

  it('uses no key before the provider was asked, so that a withdrawn one does not work once more', async () => {
    const token = await withdrawn()
    now += 3600
    await expect(verifyToken(token)).rejects.toEqual(noKey)
    expect(asked()).toBeGreaterThan(0)
  })

  it('finds the new key by one request, and asks no more within ten minutes', async () => {
    await withdrawn()
    now += 3600
    await expect(verify()).resolves.toBeDefined()
    now += 599
    await expect(verify()).resolves.toBeDefined()
    expect(asked()).toBe(1)
  })

  it('still uses the key a second before the hour, while it asks behind the back of the token', async () => {
    const token = await withdrawn()
    now += 3599
    await expect(verifyToken(token)).resolves.toBeDefined()
    await vi.waitFor(() => expect(asked()).toBe(1))
  })

  it.each<[what: string, fail: () => unknown]>([
    ['answers 500', () => provider.misbehave(faults.jwks500)],
    ['answers with a page', () => provider.misbehave(faults.jwksHtml)],
    ['does not listen', () => provider.stop()],
  ])('goes on with the known keys, however old, when the provider %s', async (_what, fail) => {
    const token = provider.signIdToken({ sub: 'alice' })
    await verify()
    now += 12 * 3600
    await fail()
    await expect(verifyToken(token)).resolves.toBeDefined()
  })

  it('asks again 30 seconds after it could not, and then refuses the withdrawn key', async () => {
    const token = await withdrawn()
    provider.misbehave(faults.jwks500)
    now += 3600
    await expect(verifyToken(token)).resolves.toBeDefined()
    provider.behave()
    now += 30
    await expect(verifyToken(token)).rejects.toEqual(noKey)
  })

  it('uses no key before the provider was asked for any of 50 tokens of the same moment', async () => {
    const token = await withdrawn()
    now += 3600
    const verified = await Promise.allSettled(Array.from({ length: 50 }, () => verifyToken(token)))
    expect(verified.filter(({ status }) => status === 'fulfilled')).toHaveLength(0)
  })
})

describe('createSigningKeys and a provider that fails at first', () => {
  it.each([
    ['500', faults.jwks500],
    ['a page', faults.jwksHtml],
    ['no keys member', { jwks: { body: {} } }],
    ['keys that are no list', { jwks: { body: { keys: {} } } }],
    ['null', { jwks: { body: 'null' } }],
    ['a redirect to the keys', { jwks: { status: 307, redirectTo: '/jwks' } }],
    ['201', { jwks: { status: 201 } }],
    ['more than 1 MiB', { jwks: { bodyBytes: 2 * 1024 * 1024 } }],
  ])('rejects when it answers with %s, and finds the key when it behaves again', async (_what, fault) => {
    provider.misbehave(fault)
    await expect(verify()).rejects.toThrow()
    expect(provider.requests).toHaveLength(1)
    provider.behave()
    await expect(verify()).resolves.toBeDefined()
  })

  it('rejects when the set is empty', async () => {
    provider.misbehave(faults.jwksEmpty)
    await expect(verify()).rejects.toEqual(noKey)
  })

  it('gives up after httpTimeoutSeconds', async () => {
    provider.misbehave({ jwks: { delaySeconds: 60 } })
    keys = keysOf({ httpTimeoutSeconds: 0.3 })
    const start = performance.now()
    await expect(verify()).rejects.toThrow()
    expect(performance.now() - start).toBeLessThan(2000)
  })
})
