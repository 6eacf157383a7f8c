// How the client authenticates at the token endpoint (OpenID Connect Core 1.0 section 9, RFC 6749 section 2.3.1).
import * as openid from 'openid-client'
import type { AssertionAlg, PrivateKeyJwt } from '../options-client.ts'
import type { ProviderSettings } from '../options-settings.ts'
import { readAssertionKey } from './assertion-key.ts'

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
function offered({ token_endpoint_auth_methods_supported: methods }: openid.ServerMetadata) {
  const onlyPost = methods?.includes('client_secret_basic') === false && methods.includes('client_secret_post')
  return onlyPost ? 'client_secret_post' : 'client_secret_basic'
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
