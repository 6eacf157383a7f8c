// cidaas: the Issuer Identifier is the domain of the tenant.
import type { ProviderOptions } from '../../options-client.ts'
import { hostInput, type PresetInput, parseInput } from './preset-input.ts'

/** What {@link cidaas} takes. */
export interface CidaasOptions {
  /** The host of the tenant, `{baseurl}` in its documents: `example.cidaas.eu`, or a domain of your own. */
  readonly domain: string
}

/**
 * cidaas, by the domain of the tenant.
 *
 * @param options - see {@link CidaasOptions}
 * @returns the provider; members given beside it win: `{ ...cidaas({ domain }), scope: 'openid profile email' }`
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`, with the fix in its message
 * @example
 * ```ts
 * app.use(relyingParty({ provider: cidaas({ domain: 'example.cidaas.eu' }), clientId, baseUrl, secret }))
 * ```
 * @see docs/providers/cidaas.md
 */
export function cidaas(options: CidaasOptions): ProviderOptions {
  const { domain } = parseInput(input, options)
  return { name: 'cidaas', issuer: `https://${domain}` }
}

const input: PresetInput<CidaasOptions> = {
  preset: 'cidaas',
  entries: { domain: hostInput('example.cidaas.eu') },
}
