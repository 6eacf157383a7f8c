// The provider's signing keys (JWKS, RFC 7517), held here so that a key rotated seconds ago is found.
import type { KeyObject } from 'node:crypto'
import { RelyingPartyError } from '../errors.ts'
import type { ProviderSettings } from '../options-settings.ts'
import { describeFailure, isUnavailable, outageAdvice, retryAfterHeader } from './failure.ts'
import type { HttpClient } from './http-client.ts'
import { createKeySet, type FindKey, type KeySet, type TokenHeader } from './key-set.ts'
import { warnOfStale } from './stale.ts'
import { TokenFault } from './token-fault.ts'

/** Keys that a provider withdrew stop being trusted after this, when the provider can be asked. */
const refreshAfterSeconds = 600
/** Older keys are not used before the provider was asked, so that a withdrawn one does not work once more after a quiet night. */
const staleAfterSeconds = 3600
/** A failed refresh is tried again after this. */
const refreshBackOffSeconds = 30

/** The keys of one provider. */
export interface SigningKeys {
  /** Finds the key for the header of a token that the provider gave us itself: at once, unless it has to be asked for. */
  readonly find: FindKey
  /** The same for a token that anybody can send: what those cost takes nothing from the others. */
  readonly findForStranger: FindKey
  /** Resolves when there are keys to look in. */
  ready(): Promise<void>
}

/** Makes the lazy key set behind a `jwks_uri`, which is asked for each time because a refresh of the metadata may move it. */
export function createSigningKeys(
  settings: ProviderSettings,
  http: HttpClient,
  jwksUri: () => Promise<string>,
): SigningKeys {
  const { clock, keyRefetchCooldownSeconds } = settings
  let current: KeySet | undefined
  let underway: Promise<KeySet> | undefined
  let refreshAt = 0
  let staleAt = 0

  function load(): Promise<KeySet> {
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
  function known(): KeySet | Promise<KeySet> {
    if (current === undefined) return load()
    if (clock() >= refreshAt) {
      refreshAt = clock() + refreshBackOffSeconds
      load().catch((error: unknown) => warnOfStale(settings, 'signing keys', error))
    }
    if (underway === undefined || clock() < staleAt) return current
    const older = current
    return underway.catch(() => older)
  }

  /** Asks again for an unknown `kid`: at once, but tokens with forged ones cannot make us ask each time (threat V41). */
  function createFind(): FindKey {
    let askedAt = Number.NEGATIVE_INFINITY

    async function refetched(): Promise<KeySet | undefined> {
      if (underway !== undefined) return await underway
      if (clock() - askedAt < keyRefetchCooldownSeconds) return undefined
      askedAt = clock()
      return await load()
    }

    async function findInNewer(header: TokenHeader): Promise<KeyObject> {
      return (await refetched())?.find(header) ?? refuse()
    }

    return (header) => {
      const keys = known()
      // No promise where none is needed: nearly every token comes while the keys are at hand.
      if (!(keys instanceof Promise)) return keys.find(header) ?? findInNewer(header)
      return keys.then((loaded) => loaded.find(header) ?? findInNewer(header))
    }
  }

  const ready = () => Promise.resolve(known()).then(() => undefined)
  return { find: createFind(), findForStranger: createFind(), ready }
}

function refuse(): never {
  throw new TokenFault('no_matching_key', 'no applicable key found in the JSON Web Key Set')
}

async function fetchKeys(settings: ProviderSettings, http: HttpClient, url: string): Promise<KeySet> {
  try {
    return await requestKeys(http, url)
  } catch (cause) {
    const { issuer, clock } = settings
    const advice = isUnavailable(cause) ? outageAdvice(cause) : "Check the jwks_uri in the provider's metadata."
    const message = `The signing keys of ${issuer} could not be read: ${describeFailure(cause)}. ${advice}`
    const headers = retryAfterHeader(cause, clock())
    throw new RelyingPartyError('ERR_RP_KEYS', { message, cause, provider: issuer, headers })
  }
}

async function requestKeys(http: HttpClient, url: string): Promise<KeySet> {
  const response = await http(url, {
    method: 'GET',
    headers: { accept: 'application/jwk-set+json, application/json' },
  })
  if (response.status !== 200) throw new Error('its status is not 200', { cause: response })
  return createKeySet(await response.json())
}
