// The provider's signing keys (JWKS, RFC 7517), held here so that a key rotated seconds ago is found.
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { RelyingPartyError } from '../errors.ts'
import type { ProviderSettings } from '../options-settings.ts'
import { describeFailure } from './failure.ts'
import type { HttpClient } from './http-client.ts'

/** Keys that a provider withdrew stop being trusted after this, when the provider can be asked. */
const refreshAfterSeconds = 600
/** Older keys are not used before the provider was asked, so that a withdrawn one does not work once more after a quiet night. */
const staleAfterSeconds = 3600
/** A failed refresh is tried again after this. */
const refreshBackOffSeconds = 30

/** The keys of one provider. */
export interface SigningKeys {
  /** Finds the key for the header of a token that the provider gave us itself, for jose's `jwtVerify`. */
  readonly find: JWTVerifyGetKey
  /** The same for a token that anybody can send: what those cost takes nothing from the others. */
  readonly findForStranger: JWTVerifyGetKey
  /** Resolves when there are keys to look in. */
  ready(): Promise<void>
}

type LocalKeys = ReturnType<typeof createLocalJWKSet>

/** Makes the lazy key set behind a `jwks_uri`, which is asked for each time because a refresh of the metadata may move it. */
export function createSigningKeys(
  settings: ProviderSettings,
  http: HttpClient,
  jwksUri: () => Promise<string>,
): SigningKeys {
  const { clock, keyRefetchCooldownSeconds } = settings
  let current: LocalKeys | undefined
  let underway: Promise<LocalKeys> | undefined
  let refreshAt = 0
  let staleAt = 0

  function load(): Promise<LocalKeys> {
    underway ??= jwksUri()
      .then((url) => fetchKeys(settings, http, url))
      .then((keys) => {
        current = keys
        refreshAt = clock() + refreshAfterSeconds
        staleAt = clock() + staleAfterSeconds
        return keys
      })
      .finally(() => {
        underway = undefined
      })
    return underway
  }

  /** The keys at hand; older ones are refreshed behind the caller's back, and go on serving when that fails. */
  async function known(): Promise<LocalKeys> {
    if (current === undefined) return await load()
    if (clock() >= refreshAt) {
      refreshAt = clock() + refreshBackOffSeconds
      load().catch(() => undefined)
    }
    const refreshed = clock() >= staleAt ? underway?.catch(() => undefined) : undefined
    return (await refreshed) ?? current
  }

  /** Asks again for an unknown `kid`: at once, but tokens with forged ones cannot make us ask each time (threat V41). */
  function createFind(): JWTVerifyGetKey {
    let askedAt = Number.NEGATIVE_INFINITY

    async function refetched(): Promise<LocalKeys | undefined> {
      if (underway !== undefined) return await underway
      if (clock() - askedAt < keyRefetchCooldownSeconds) return undefined
      askedAt = clock()
      return await load()
    }

    return async (header, token) => {
      const keys = await known()
      try {
        return await keys(header, token)
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
        const newer = await refetched()
        if (newer === undefined) throw error
        return await newer(header, token)
      }
    }
  }

  return { find: createFind(), findForStranger: createFind(), ready: () => known().then(() => undefined) }
}

async function fetchKeys(settings: ProviderSettings, http: HttpClient, url: string): Promise<LocalKeys> {
  try {
    return await requestKeys(http, url)
  } catch (cause) {
    const { issuer } = settings
    const message = `The signing keys of ${issuer} could not be read: ${describeFailure(cause)}. Nobody was signed in.`
    throw new RelyingPartyError('ERR_RP_KEYS', { message, cause, provider: issuer })
  }
}

async function requestKeys(http: HttpClient, url: string): Promise<LocalKeys> {
  const response = await http(url, {
    method: 'GET',
    headers: { accept: 'application/jwk-set+json, application/json' },
  })
  if (response.status !== 200) throw new Error(`it answered with HTTP ${response.status}`)
  const keys: unknown = await response.json()
  return createLocalJWKSet(keys as JSONWebKeySet) // jose checks the shape
}
