// Microsoft Entra ID: one tenant, or an issuer that stands for many with the list of those that may sign in.
import * as v from 'valibot'
import type { ProviderOptions } from '../../options-client.ts'
import { isUuid, type PresetInput, parseInput, textInput, uuidFault } from './preset-input.ts'

/** What {@link entraId} takes. */
export interface EntraIdOptions {
  /**
   * The "Directory (tenant) ID", a UUID; or `organizations` (work and school accounts of many tenants) or `common` (those
   * and personal accounts), which need `tenants`.
   */
  readonly tenant: string
  /** The ids of the tenants whose people may sign in. Without such a list anybody with a Microsoft account could. */
  readonly tenants?: readonly string[] | undefined
}

/**
 * Microsoft Entra ID (version 2.0 endpoints), by the tenant.
 *
 * @param options - see {@link EntraIdOptions}
 * @returns the provider; members given beside it win
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`, with the fix in its message
 * @example
 * ```ts
 * const provider = entraId({ tenant: 'organizations', tenants: ['8f6c0f4e-1f4b-4b0e-9a6f-0f3b1a2c3d4e'] })
 * app.use(relyingParty({ provider, clientId, clientSecret, baseUrl, secret }))
 * ```
 * @see docs/providers/others.md
 */
export function entraId(options: EntraIdOptions): ProviderOptions {
  const { tenant, tenants } = parseInput(input, options)
  return {
    name: 'Microsoft',
    issuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
    ...(tenants === undefined ? {} : { tenants }),
  }
}

const ofMany = ['organizations', 'common']

const input: PresetInput<EntraIdOptions> = {
  preset: 'entraId',
  entries: {
    tenant: v.pipe(textInput(consumersFault, tenantFault), v.toLowerCase()),
    tenants: v.optional(
      v.pipe(
        v.array(v.pipe(textInput(uuidFault('a tenant id')), v.toLowerCase())),
        v.minLength(1, 'must name at least one tenant'),
      ),
    ),
  },
  contradictionsOf: ({ tenant, tenants }) => {
    if (ofMany.includes(tenant) === (tenants !== undefined)) return []
    return tenants === undefined
      ? [`tenant '${tenant}' stands for all tenants: name those whose people may sign in, tenants: ['...']`]
      : ["tenants is for tenant 'organizations' or 'common': a tenant id lets in its own people only"]
  },
}

/** Its metadata announces the id of the tenant that all personal accounts are in. */
function consumersFault(value: string): string | undefined {
  if (value !== 'consumers') return undefined
  return "'consumers' is not what the issuer says: write '9188040d-6c67-4c5b-b112-36a304b66dad'"
}

/** Below a domain name there is metadata as well, but it announces the issuer with the id. */
function tenantFault(value: string): string | undefined {
  if (isUuid(value) || ofMany.includes(value)) return undefined
  return "must be the Directory (tenant) ID, a UUID and not a domain or URL; or 'organizations' or 'common' with tenants"
}
