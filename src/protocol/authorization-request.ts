// The Authentication Request (OpenID Connect Core 1.0 section 3.1.2.1) with PKCE S256 (RFC 7636), always.
import { randomBytes } from 'node:crypto'
import * as openid from 'openid-client'
import * as v from 'valibot'
import { RelyingPartyError } from '../errors.ts'
import { type AuthorizationParameters, reservedParameters } from '../options.ts'
import type { Provider } from '../providers/provider.ts'
import { codeChallenge, createCodeVerifier } from './pkce.ts'

/** What the callback needs to know of the request that it answers. Secret: kept in the session, never sent. */
export interface AuthorizationRequest {
  /** The `registration` of the provider that it went to. */
  readonly registration: string
  readonly nonce: string
  readonly codeVerifier: string
  /** Exactly as sent: the token request repeats it byte for byte (RFC 6749 section 4.1.3). */
  readonly redirectUri: string
  /** Seconds, when the request asked for `max_age`. */
  readonly maxAge?: number | undefined
  /** The values of which one is essential, when the request asked so by `claims`. */
  readonly essentialAcr?: readonly string[] | undefined
}

/** Makes the request and the URL that carries it to the provider. */
export async function createAuthorizationRequest(
  provider: Provider,
  parameters: AuthorizationParameters,
): Promise<{ request: AuthorizationRequest; state: string; url: string }> {
  const { settings } = provider
  requirePlainObject(parameters)
  const configuration = await provider.configuration()
  const state = random()
  const request: AuthorizationRequest = {
    registration: settings.registration,
    nonce: random(),
    codeVerifier: createCodeVerifier(),
    redirectUri: settings.redirectUri,
    maxAge: parseMaxAge(parameters['max_age']),
    essentialAcr: parseEssentialAcr(parameters['claims']),
  }
  const url = openid.buildAuthorizationUrl(configuration, {
    ...withoutReserved(parameters),
    response_type: 'code',
    // Left out where it is the default (OAuth 2.0 Multiple Response Type Encoding Practices section 2.1).
    ...(settings.responseMode === 'query' ? {} : { response_mode: settings.responseMode }),
    client_id: settings.clientId,
    redirect_uri: request.redirectUri,
    ...(settings.scope === '' ? {} : { scope: settings.scope }),
    state,
    nonce: request.nonce,
    code_challenge: codeChallenge(request.codeVerifier),
    code_challenge_method: 'S256',
  })
  return { request, state, url: url.href }
}

/** A function of the request may hand on what a stranger put into a query: never what is ours, and nothing undefined. */
function withoutReserved(parameters: AuthorizationParameters): Record<string, string> {
  const given = Object.entries(parameters) as [string, string | undefined][]
  const kept = given.filter(([name, value]) => value !== undefined && !reservedParameters.includes(name))
  return Object.fromEntries(kept) as Record<string, string>
}

function requirePlainObject(value: unknown): void {
  const prototype: unknown = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined
  if (prototype === Object.prototype || prototype === null) return
  throw optionError('the function must return an object, at once')
}

/** 256 bits: 43 characters of base64url. */
function random(): string {
  return randomBytes(32).toString('base64url')
}

/** Refused rather than sent unread: the callback could not check what it did not understand. */
function parseMaxAge(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d{1,10}$/.test(value)) throw optionError('max_age must be a whole number of seconds')
  return Number(value)
}

const claimsSchema = v.object({
  id_token: v.nullish(
    v.object({
      acr: v.nullish(
        v.object({
          essential: v.optional(v.boolean()),
          value: v.optional(v.string()),
          values: v.optional(v.array(v.string())),
        }),
      ),
    }),
  ),
})

/** `acr_values` is voluntary; only `claims` makes an `acr` essential (OpenID Connect Core 1.0 section 5.5.1.1). */
function parseEssentialAcr(claims: string | undefined): readonly string[] | undefined {
  if (claims === undefined) return undefined
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), claimsSchema), claims)
  if (!result.success) throw optionError('claims must be JSON as OpenID Connect Core 1.0 section 5.5 describes it')
  const acr = result.output.id_token?.acr
  if (acr?.essential !== true) return undefined
  return acr.values ?? (acr.value === undefined ? [] : [acr.value])
}

function optionError(fault: string): RelyingPartyError {
  return new RelyingPartyError('ERR_RP_OPTIONS', { message: `authorizationParameters: ${fault}` })
}
