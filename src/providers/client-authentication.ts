// How the client authenticates at the token endpoint (OpenID Connect Core 1.0 section 9, RFC 6749 section 2.3.1).
import * as openid from 'openid-client'
import type { Settings } from '../options.ts'

/** The one method of this client; there is no falling back to another after a refusal. */
export function clientAuthentication(settings: Settings): openid.ClientAuth {
  const { clientAuthentication: method, clientId, clientSecret = '' } = settings
  if (method === 'none') return openid.None()
  if (method === 'client_secret_post') return openid.ClientSecretPost(clientSecret)
  return clientSecretBasic(clientId, clientSecret)
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
