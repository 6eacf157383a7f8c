// WSO2 Identity Server: the Issuer Identifier is a setting of the server, which follows neither its host nor its port.
import * as v from 'valibot'
import type { ProviderOptions } from '../../options-client.ts'
import { baseUrlFault, type PresetInput, parseInput, segmentFault, splitAddress, textInput } from './preset-input.ts'

/** What {@link wso2IdentityServer} takes. */
export interface Wso2IdentityServerOptions {
  /** The host of the server, without `https://` and without port: `localhost`, `is.example.com`. */
  readonly host: string
  /** The port that browsers and this app reach it at. @defaultValue `9443` */
  readonly port?: number | undefined
  /** The tenant domain: `example.com`. @defaultValue the root tenant, `carbon.super` */
  readonly tenant?: string | undefined
  /**
   * What the server calls itself, where that differs from `https://{host}:{port}/oauth2/token`: the "Identity Provider
   * Entity ID" of its resident identity provider. It stays as it was when the server is moved to another port or put
   * behind a proxy. With it the endpoints are taken to be at `host` and `port`, and no metadata is read.
   *
   * @defaultValue `https://{host}:{port}/oauth2/token`, or `https://{host}:{port}/t/{tenant}/oauth2/token`
   */
  readonly issuer?: string | undefined
  /** The certificate (PEM, or the path of a PEM file) to trust: the server comes with one that it signed itself. */
  readonly ca?: string | undefined
}

/**
 * WSO2 Identity Server, by its host.
 *
 * @param options - see {@link Wso2IdentityServerOptions}
 * @returns the provider; members given beside it win: `{ ...wso2IdentityServer({ host }), scope: '' }`
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`, with the fix in its message
 * @example
 * ```ts
 * const provider = wso2IdentityServer({ host: 'localhost', ca: 'wso2-localhost.pem' })
 * app.use(relyingParty({ provider, clientId, clientSecret, baseUrl, secret }))
 * ```
 * @see docs/providers/wso2-identity-server.md
 */
export function wso2IdentityServer(options: Wso2IdentityServerOptions): ProviderOptions {
  const { host, port = 9443, tenant, issuer: configured, ca } = parseInput(input, options)
  const origin = port === 443 ? `https://${host}` : `https://${host}:${port}`
  const base = tenant === undefined ? origin : `${origin}/t/${tenant}`
  const announced = `${base}/oauth2/token`
  const issuer = configured ?? announced
  return {
    name: 'WSO2 Identity Server',
    issuer,
    ...(issuer === announced ? {} : { metadata: endpointsBelow(base) }),
    ...(ca === undefined ? {} : { ca }),
    clientAssertionAudience: 'token_endpoint',
  }
}

/** Below an issuer that does not say where the server is, no metadata can be found. */
function endpointsBelow(base: string): Record<string, unknown> {
  return {
    authorization_endpoint: `${base}/oauth2/authorize`,
    token_endpoint: `${base}/oauth2/token`,
    userinfo_endpoint: `${base}/oauth2/userinfo`,
    jwks_uri: `${base}/oauth2/jwks`,
    introspection_endpoint: `${base}/oauth2/introspect`,
    revocation_endpoint: `${base}/oauth2/revoke`,
    end_session_endpoint: `${base}/oidc/logout`,
    code_challenge_methods_supported: ['S256', 'plain'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  }
}

const portRange = 'must be 1 to 65535'

const input: PresetInput<Wso2IdentityServerOptions> = {
  preset: 'wso2IdentityServer',
  entries: {
    host: textInput(hostFault),
    port: v.optional(
      v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(1, portRange), v.maxValue(65_535, portRange)),
    ),
    tenant: v.optional(textInput(rootTenantFault, segmentFault('example.com'))),
    issuer: v.optional(textInput(secondLocationFault, baseUrlFault('https://localhost:9443/oauth2/token'))),
    ca: v.optional(v.pipe(v.string(), v.nonEmpty('must not be empty'))),
  },
}

/** One label is enough here: it is a server of one's own, and `localhost` to begin with. */
function hostFault(value: string): string | undefined {
  const { host, port, path } = splitAddress(value)
  if (host === value.toLowerCase() && /^([\w.-]+|\[[\da-f:]+\])$/.test(host)) return undefined
  if (!/^[\w.:[\]-]+$/.test(host)) return "must be a host name, such as 'localhost'"
  const tenant = /^\/t\/([\w.-]+)/.exec(path)?.[1]
  const rest = (port === '' ? '' : `, port: ${port}`) + (tenant === undefined ? '' : `, tenant: '${tenant}'`)
  return `must be the host alone, without https://, port, path and slash: write host: '${host}'${rest}`
}

function rootTenantFault(value: string): string | undefined {
  return value === 'carbon.super' ? 'is the root tenant, which has no /t/ in its URLs: leave tenant out' : undefined
}

/** The same metadata is at a second place, which is no issuer. */
function secondLocationFault(value: string): string | undefined {
  if (!value.includes('/oauth2/oidcdiscovery')) return undefined
  return "must be what the metadata has as its issuer: it ends with '/oauth2/token'"
}
