// The Authentication Request (OpenID Connect Core 1.0 section 3.1.2.1) with PKCE S256 (RFC 7636), always.
import * as openid from 'openid-client'
import * as v from 'valibot'
import { RelyingPartyError } from '../errors.ts'
import { type AuthorizationParameters, reservedParameters } from '../options-client.ts'
import type { Provider } from '../providers/provider.ts'
import { randomText } from '../random.ts'
import { codeChallenge, createCodeVerifier } from './pkce.ts'
import { type RequestedDemand, withDemand } from './step-up-request.ts'

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

/** What one login asks for beside what is configured, and where its answer comes to. */
export interface LoginParameters {
  readonly state: string
  /** The callback is below it. */
  readonly baseUrl: string
  readonly ofThisLogin?: AuthorizationParameters | undefined
  /** Whether it was met is for the guard to judge: here it would be a fault of the provider (502). */
  readonly demand?: RequestedDemand | undefined
}

/** Makes the request and the URL that carries it to the provider; what is for this login alone wins over what is configured. */
export async function createAuthorizationRequest(
  provider: Provider,
  configured: AuthorizationParameters,
  { state, baseUrl, ofThisLogin = {}, demand }: LoginParameters,
): Promise<{ request: AuthorizationRequest; url: string }> {
  const { settings } = provider
  const parameters = { ...requirePlainObject(configured), ...requirePlainObject(ofThisLogin) }
  const configuration = await provider.loginConfiguration()
  const request: AuthorizationRequest = {
    registration: settings.registration,
    nonce: random(),
    codeVerifier: createCodeVerifier(),
    redirectUri: baseUrl + settings.callbackPath,
    ...checksOf(parameters, optionError),
  }
  const url = openid.buildAuthorizationUrl(configuration, {
    ...withoutReserved(withDemand(parameters, demand)),
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
  return { request, url: url.href }
}

/** A function of the request may hand on what a stranger put into a query: never what is ours. */
function withoutReserved(parameters: AuthorizationParameters): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !reservedParameters.includes(name)))
}

/** From JavaScript it may be anything, a promise for one; members that are undefined are absent. */
export function requirePlainObject(value: AuthorizationParameters): AuthorizationParameters {
  const prototype: unknown = Object(value) === value ? Object.getPrototypeOf(value) : undefined
  if (prototype !== Object.prototype && prototype !== null) {
    if (value instanceof Promise) value.catch(() => undefined) // its rejection must not end the process
    throw optionError('must be an object of strings, or a function that returns one at once')
  }
  const given: [string, string | undefined][] = Object.entries(value)
  return Object.fromEntries(given.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** What the callback has to check of the answer; `fault` makes the error for what it could not check. */
export function checksOf(
  parameters: AuthorizationParameters,
  fault: (reason: string) => RelyingPartyError,
): Pick<AuthorizationRequest, 'maxAge' | 'essentialAcr'> {
  return {
    maxAge: parseMaxAge(parameters['max_age'], fault),
    essentialAcr: parseEssentialAcr(parameters['claims'], fault),
  }
}

/** 128 bits, which nobody can guess: 22 characters of base64url. */
function random(): string {
  return randomText(16)
}

/** Refused rather than sent unread: the callback could not check what it did not understand. */
function parseMaxAge(value: string | undefined, fault: (reason: string) => RelyingPartyError): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d{1,10}$/.test(value)) throw fault('max_age must be a whole number of seconds')
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
function parseEssentialAcr(
  claims: string | undefined,
  fault: (reason: string) => RelyingPartyError,
): readonly string[] | undefined {
  if (claims === undefined) return undefined
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), claimsSchema), claims)
  if (!result.success) throw fault('claims must be JSON as OpenID Connect Core 1.0 section 5.5 describes it')
  const acr = result.output.id_token?.acr
  if (acr?.essential !== true) return undefined
  return acr.values ?? (acr.value === undefined ? [] : [acr.value])
}

function optionError(fault: string): RelyingPartyError {
  return new RelyingPartyError('ERR_RP_OPTIONS', { message: `authorizationParameters: ${fault}` })
}
