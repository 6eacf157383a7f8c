// Okta: the org authorization server, or a custom one below /oauth2/.
import * as v from 'valibot'
import type { ProviderOptions } from '../../options-client.ts'
import { hostInput, type PresetInput, parseInput, splitAddress, textInput } from './preset-input.ts'

/** What {@link okta} takes. */
export interface OktaOptions {
  /** `{yourOktaDomain}` of its documents: `dev-1.okta.com`, or a custom domain. Not that of the Admin Console. */
  readonly domain: string
  /**
   * The custom authorization server: `'default'`, or the last part of its issuer.
   *
   * @defaultValue the org authorization server, whose issuer is the domain alone
   */
  readonly authorizationServerId?: string | undefined
}

/**
 * Okta, by its domain and the authorization server.
 *
 * @param options - see {@link OktaOptions}
 * @returns the provider; members given beside it win: `{ ...okta({ domain }), scope: 'openid profile email' }`
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`, with the fix in its message
 * @example
 * ```ts
 * const provider = okta({ domain: 'dev-1.okta.com', authorizationServerId: 'default' })
 * app.use(relyingParty({ provider, clientId, clientSecret, baseUrl, secret }))
 * ```
 * @see docs/providers/okta.md
 */
export function okta(options: OktaOptions): ProviderOptions {
  const { domain, authorizationServerId: id } = parseInput(input, options)
  return {
    name: 'Okta',
    issuer: id === undefined ? `https://${domain}` : `https://${domain}/oauth2/${id}`,
    // In the code flow the ID token of the org authorization server has hardly more than `sub`.
    ...(id === undefined ? { userinfo: true } : {}),
    requiresIdTokenHint: true,
    clientAssertionAudience: 'token_endpoint',
  }
}

const input: PresetInput<OktaOptions> = {
  preset: 'okta',
  entries: {
    domain: hostInput('dev-1.okta.com', issuerFault, adminFault),
    authorizationServerId: v.optional(textInput(serverIdFault)),
  },
}

/** An issuer or an endpoint, copied where the domain belongs. */
function issuerFault(value: string): string | undefined {
  const { host, path } = splitAddress(value)
  const id = /^\/oauth2\/(?!v1(?:\/|$))([\w-]+)/.exec(path)?.[1]
  if (id !== undefined) {
    return `must be the domain alone: write domain: '${userHost(host)}', authorizationServerId: '${id}'`
  }
  if (!/^\/oauth2(\/|$)/.test(path)) return undefined
  const custom = "add authorizationServerId: 'default' for a custom authorization server"
  return `must be the domain alone, and '/oauth2' is no issuer: write domain: '${userHost(host)}', and ${custom}`
}

function adminFault(value: string): string | undefined {
  const { host } = splitAddress(value)
  const own = userHost(host)
  return own === host ? undefined : `is the address of the Admin Console: write domain: '${own}'`
}

/** `dev-1-admin.okta.com` is where administrators work; nobody signs in to apps there. */
function userHost(host: string): string {
  return host.replace(/-admin(\.okta[\w-]*\.[a-z]+)$/, '$1')
}

function serverIdFault(value: string): string | undefined {
  const id = /\/oauth2\/(?!v1(?:\/|$))([\w-]+)/.exec(value)?.[1]
  if (id !== undefined) return `must be the id alone, the last part of the issuer: write '${id}'`
  if (value === 'v1') return "is no id: leave it out for the org authorization server, or write 'default'"
  return /^[\w-]+$/.test(value) ? undefined : "must be an id, such as 'default'"
}
