// A provider without a network: metadata as given, answers as written, keys in memory.
import { KeyObject, type webcrypto } from 'node:crypto'
import * as openid from 'openid-client'
import type { ProviderSettings } from '../../../src/options-settings.ts'
import { clientAuthentication } from '../../../src/providers/client-authentication.ts'
import type { HttpClient } from '../../../src/providers/http-client.ts'
import type { TokenHeader } from '../../../src/providers/key-set.ts'
import type { Provider } from '../../../src/providers/provider.ts'

/** What a test says about its provider. */
export interface FakeProviderParts {
  readonly settings: ProviderSettings
  /** Merged over the metadata. */
  readonly metadata?: Record<string, unknown>
  /** A CryptoKey, as jose makes them, stands for its KeyObject. */
  readonly findKey?: (header: TokenHeader) => Promise<KeyObject | webcrypto.CryptoKey>
  /** What its endpoints answer. */
  readonly fetch?: (
    url: string,
    init: { method: string; body: string | undefined; headers: Headers },
  ) => Promise<Response>
  /** What is answered to requests that openid-client has no part in. */
  readonly http?: HttpClient
}

/** Makes a provider at `https://id.example`. */
export function fakeProvider({
  settings,
  metadata = {},
  findKey = noKey,
  fetch = noAnswer,
  http = noAnswer,
}: FakeProviderParts): Provider {
  const issuer = 'https://id.example'
  const server = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    end_session_endpoint: `${issuer}/end_session`,
    jwks_uri: `${issuer}/jwks`,
    ...metadata,
  }
  const client = { id_token_signed_response_alg: settings.idTokenSignedResponseAlg }
  const configuration = new openid.Configuration(server, settings.clientId, client, clientAuthentication(settings))
  configuration[openid.customFetch] = (url, { method, body, headers }) =>
    fetch(url, { method, body: body?.toString(), headers: new Headers(headers) })
  const find = async (header: TokenHeader) => toKeyObject(await findKey(header))
  const keys = { find, findForStranger: find, ready: async () => {} }
  const read = async () => configuration
  return { settings, configuration: read, loginConfiguration: read, keys, http, close: async () => {} }
}

function toKeyObject(key: KeyObject | webcrypto.CryptoKey): KeyObject {
  return key instanceof KeyObject ? key : KeyObject.from(key)
}

async function noKey(): Promise<never> {
  throw new Error('this provider has no keys')
}

async function noAnswer(url: string): Promise<never> {
  throw new Error(`nothing should ask ${url}`)
}
