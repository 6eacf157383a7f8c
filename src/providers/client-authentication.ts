// How the client authenticates at the token endpoint (OpenID Connect Core 1.0 section 9, RFC 6749 section 2.3.1).
import * as openid from 'openid-client'
import type { AssertionAlg, ClientAuthentication, PrivateKeyJwt } from '../options-client.ts'
import type { ProviderSettings } from '../options-settings.ts'
import { readAssertionKey } from './assertion-key.ts'
import { listOf } from './metadata.ts'
import { plainUrl } from './plain-url.ts'
import type { Refusal } from './refusal.ts'

/** A method by its registered name (IANA, OAuth Token Endpoint Authentication Methods). */
export type AuthenticationMethod = Extract<ClientAuthentication, string> | 'private_key_jwt'

/** The one method of this client: what the options say, or what the metadata offers for the credentials at hand. */
export function clientAuthentication(settings: ProviderSettings): openid.ClientAuth {
  const { clientAuthentication: method, clientId, clientSecret } = settings
  if (typeof method === 'object') return privateKeyJwt(settings, method)
  if (clientSecret === undefined) return openid.None()
  const methods = {
    client_secret_basic: clientSecretBasic(clientId, clientSecret),
    client_secret_post: openid.ClientSecretPost(clientSecret),
    client_secret_jwt: clientSecretJwt(settings, clientSecret),
    none: openid.None(),
  }
  if (method !== undefined) return methods[method]
  return (server, ...rest) => methods[offered(server)](server, ...rest)
}

/** Basic is the default of the metadata (OpenID Connect Discovery 1.0 section 3) and the first choice of ours. */
function offered(server: openid.ServerMetadata) {
  const methods = listOf(server, 'token_endpoint_auth_methods_supported')
  const onlyPost = methods?.includes('client_secret_basic') === false && methods.includes('client_secret_post')
  return onlyPost ? 'client_secret_post' : 'client_secret_basic'
}

/** The name of the method that requests to this provider are authenticated by. */
export function authenticationMethod(
  { clientAuthentication: method, clientSecret }: ProviderSettings,
  server: openid.ServerMetadata,
): AuthenticationMethod {
  if (typeof method === 'object') return 'private_key_jwt'
  if (clientSecret === undefined) return 'none'
  return method ?? offered(server)
}

/** A request that the provider did not accept. */
export interface RefusedRequest {
  readonly status: number | undefined
  readonly refusal: Refusal
  /** Where the credentials are in the options, when they are not at the top. */
  readonly optionsAt?: string | undefined
}

/** What to check when the provider refuses the client itself; undefined when it refuses something else. */
export function credentialsAdvice(
  settings: ProviderSettings,
  server: openid.ServerMetadata,
  { status, refusal, optionsAt = '' }: RefusedRequest,
): string | undefined {
  const method = authenticationMethod(settings, server)
  const isAssertion = method === 'client_secret_jwt' || method === 'private_key_jwt'
  if (!isAboutClient(refusal, status) && !(isAssertion && isAboutAudience(refusal))) return undefined
  const id = `\`${optionsAt}clientId\``
  const secret = `\`${optionsAt}clientSecret\``
  if (method === 'none') {
    return (
      `The request was sent without a client secret. Check ${id}, and set ${secret} if the provider has one for this ` +
      'client.'
    )
  }
  if (isAssertion) {
    const key = method === 'private_key_jwt' ? 'the key and the `kid` that the provider knows' : secret
    return `The client authenticated by ${method}. Check ${id} and ${key}. ${audienceAdvice(settings, server)}`
  }
  return (
    `The client secret was sent by ${method}. Check ${id} and ${secret}, and set \`clientAuthentication\` if the ` +
    'provider expects another method.'
  )
}

/** RFC 6749 section 5.2 has 401 for a client that failed to authenticate. */
function isAboutClient({ error }: Refusal, status: number | undefined): boolean {
  return error === 'invalid_client' || (error === undefined && status === 401)
}

/** Okta and others answer so to an assertion for another audience. */
function isAboutAudience({ error, errorDescription = '' }: Refusal): boolean {
  return error === 'invalid_request' && /\baud(ience)?\b/i.test(errorDescription)
}

function audienceAdvice(
  { clientAssertionAudience: audience }: ProviderSettings,
  server: openid.ServerMetadata,
): string {
  const isIssuer = audience === 'issuer'
  const sent = plainUrl(isIssuer ? server.issuer : server.token_endpoint) ?? `the ${audience}`
  const other = isIssuer
    ? "its token endpoint, set `provider.clientAssertionAudience: 'token_endpoint'`"
    : "its issuer, set `provider.clientAssertionAudience: 'issuer'`"
  return `Its aud is ${sent}; if the provider expects ${other}.`
}

/**
 * openid-client percent-encodes `-`, `_`, `.` and `~` as well; servers that do not decode (WSO2, LemonLDAP::NG,
 * doorkeeper) then refuse a right secret. The WHATWG form encoding leaves them alone and is as right by RFC 6749.
 */
function clientSecretBasic(clientId: string, clientSecret: string): openid.ClientAuth {
  const credentials = `${formEncode(clientId)}:${formEncode(clientSecret)}`
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
  return (_server, _client, _body, headers) => headers.set('authorization', authorization)
}

/** `application/x-www-form-urlencoded` of one value; `~` is unreserved (RFC 3986 section 2.3) and stays too. */
function formEncode(value: string): string {
  return new URLSearchParams([['', value]]).toString().slice(1).replaceAll('%7E', '~')
}

function clientSecretJwt(settings: ProviderSettings, clientSecret: string): openid.ClientAuth {
  return (server, ...rest) => openid.ClientSecretJwt(clientSecret, assertionOptions(settings, server))(server, ...rest)
}

/** The key is imported once, at the first token request. */
function privateKeyJwt(settings: ProviderSettings, method: PrivateKeyJwt): openid.ClientAuth {
  const source = readAssertionKey(method)
  let imported: Promise<openid.CryptoKey> | undefined
  const authenticate = async (...[server, ...rest]: Parameters<openid.ClientAuth>): Promise<void> => {
    imported ??= source.import()
    const key = { key: await imported, ...(source.kid === undefined ? {} : { kid: source.kid }) }
    await openid.PrivateKeyJwt(key, assertionOptions(settings, server, source.alg))(server, ...rest)
  }
  return authenticate as openid.ClientAuth // awaited, although its type leaves the promise out
}

/** `aud` as the provider wants it; `alg` as providers know it: `EdDSA`, where openid-client writes `Ed25519` (RFC 9864). */
function assertionOptions(
  { clientAssertionAudience }: ProviderSettings,
  server: openid.ServerMetadata,
  alg?: AssertionAlg,
): openid.ModifyAssertionOptions {
  return {
    [openid.modifyAssertion]: (header, payload) => {
      if (alg === 'EdDSA') header['alg'] = alg
      if (clientAssertionAudience === 'token_endpoint') payload['aud'] = server.token_endpoint
    },
  }
}
