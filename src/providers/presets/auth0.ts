// Auth0: an Issuer Identifier that ends with a slash, and a logout URL of its own.
import type { ProviderOptions } from '../../options-client.ts'
import { hostInput, type PresetInput, parseInput } from './preset-input.ts'

/** What {@link auth0} takes. */
export interface Auth0Options {
  /** The "Domain" in the settings of the application: `example.eu.auth0.com`, or a custom domain. */
  readonly domain: string
}

/**
 * Auth0, by the domain of the tenant. Logout goes to `end_session_endpoint` where the tenant announces one, and to
 * `/v2/logout` where it does not.
 *
 * @param options - see {@link Auth0Options}
 * @returns the provider; members given beside it win
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`, with the fix in its message
 * @example
 * ```ts
 * const provider = auth0({ domain: 'example.eu.auth0.com' })
 * app.use(relyingParty({ provider, clientId, clientSecret, baseUrl, secret }))
 * ```
 * @see docs/providers/others.md
 */
export function auth0(options: Auth0Options): ProviderOptions {
  const { domain } = parseInput(input, options)
  return {
    name: 'Auth0',
    issuer: `https://${domain}/`,
    endSessionFallback: { url: `https://${domain}/v2/logout`, redirectParameter: 'returnTo' },
  }
}

const input: PresetInput<Auth0Options> = {
  preset: 'auth0',
  entries: { domain: hostInput('example.eu.auth0.com') },
}
