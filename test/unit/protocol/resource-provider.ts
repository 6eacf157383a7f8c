// A provider without a network as an API knows it: one signing key, answers as a test writes them.
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import {
  type AccessTokenOptions,
  type AccessTokenSettings,
  parseAccessTokenOptions,
} from '../../../src/options-access-token.ts'
import type { ProviderFetch } from '../../../src/options-client.ts'
import { createProvider, type Provider } from '../../../src/providers/provider.ts'

/** The time of these tests. */
export const now = 1_700_000_000

export const issuer = 'https://id.example'
export const audience = 'api://orders'

const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })

/** The key that the provider publishes. */
export const publishedKey = publicKey

export const rightClaims = { iss: issuer, aud: audience, exp: now + 300, sub: 'alice' }

/** Signs claims as the provider does; `header` is merged over `alg`, `kid` and `typ`. */
export function sign(claims: object, header: object = {}, key: Parameters<SignJWT['sign']>[0] = privateKey) {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid: '1', typ: 'at+jwt', ...header }).sign(key)
}

/** What a test says about its provider. */
export interface ResourceProviderParts {
  readonly options?: Partial<AccessTokenOptions>
  /** Merged over the metadata. */
  readonly metadata?: Record<string, unknown>
  /** Answers everything but the keys. */
  readonly answer?: ProviderFetch
}

/** Makes settings and a provider with them. */
export function resourceProvider({ options, metadata, answer = noAnswer }: ResourceProviderParts): {
  settings: AccessTokenSettings
  provider: Provider
} {
  const endpoints = ['authorization', 'token', 'introspection'].map((name) => [`${name}_endpoint`, `${issuer}/${name}`])
  const settings = parseAccessTokenOptions({
    provider: {
      issuer,
      metadata: { ...Object.fromEntries(endpoints), jwks_uri: `${issuer}/jwks`, ...metadata },
    },
    audience,
    clock: () => now,
    fetch: async (url, init) => {
      if (!url.endsWith('/jwks')) return await answer(url, init)
      return Response.json({ keys: [{ ...(await exportJWK(publicKey)), kid: '1', alg: 'RS256', use: 'sig' }] })
    },
    ...options,
  })
  return { settings, provider: createProvider(settings.provider) }
}

async function noAnswer(url: string): Promise<never> {
  throw new Error(`nothing should ask ${url}`)
}
