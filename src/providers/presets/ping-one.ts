// PingOne: an environment of a region, or a custom domain that stands for one.
import * as v from 'valibot'
import type { ProviderOptions } from '../../options-client.ts'
import { hostInput, type PresetInput, parseInput, textInput, uuidFault } from './preset-input.ts'

/** The regions of PingOne by the names of its API, with the ends of their host names. */
const regions = { NA: 'com', EU: 'eu', CA: 'ca', AP: 'asia', AU: 'com.au', SG: 'sg' } as const

/** A region by the name of PingOne's API, or by the end of its host name. */
export type PingOneRegion = 'NA' | 'EU' | 'CA' | 'AP' | 'AU' | 'SG' | 'com' | 'eu' | 'ca' | 'asia' | 'com.au' | 'sg'

/** What {@link pingOne} takes. */
export interface PingOneOptions {
  /** The Environment ID, a UUID. Required without `customDomain`, which stands for it. */
  readonly environmentId?: string | undefined
  /**
   * The region of the environment: `NA` (North America, `pingone.com`), `EU`, `CA` (Canada), `AP` (`pingone.asia`), `AU`
   * (`pingone.com.au`), `SG` (Singapore).
   *
   * @defaultValue `'NA'`
   */
  readonly region?: PingOneRegion | undefined
  /**
   * The custom domain of the environment: `login.example.com`. The issuer is then below it and names neither region nor
   * environment. Use it when browsers do: PingOne refuses an ID token of the one address as a hint at the other.
   */
  readonly customDomain?: string | undefined
}

/**
 * PingOne, by the environment and its region, or by its custom domain.
 *
 * @param options - see {@link PingOneOptions}
 * @returns the provider; members given beside it win
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`, with the fix in its message
 * @example
 * ```ts
 * const provider = pingOne({ environmentId: '3072206d-c6ce-ac19-a366-f87e972c7cc3', region: 'EU' })
 * app.use(relyingParty({ provider, clientId, clientSecret, baseUrl, secret }))
 * ```
 * @see docs/providers/pingone.md
 */
export function pingOne(options: PingOneOptions): ProviderOptions {
  const { environmentId, region = 'NA', customDomain } = parseInput(input, options)
  const regional = `https://auth.pingone.${endOf(region)}/${environmentId}/as`
  return { name: 'PingOne', issuer: customDomain === undefined ? regional : `https://${customDomain}/as` }
}

function endOf(region: PingOneRegion): string {
  return region in regions ? regions[region as keyof typeof regions] : region
}

const names = Object.keys(regions) as (keyof typeof regions)[]
const known = names.map((name) => `${name} (${regions[name]})`).join(', ')

const input: PresetInput<PingOneOptions> = {
  preset: 'pingOne',
  entries: {
    environmentId: v.optional(
      v.pipe(textInput(uuidFault('the Environment ID, on the Properties page of the environment')), v.toLowerCase()),
    ),
    region: v.optional(v.picklist([...names, ...Object.values(regions)], `must be one of ${known}`)),
    customDomain: v.optional(hostInput('login.example.com', regionalHostFault)),
  },
  contradictionsOf: ({ environmentId, region, customDomain }) => [
    ...(environmentId === undefined && customDomain === undefined
      ? ['environmentId (or customDomain) is required']
      : []),
    ...(region !== undefined && customDomain !== undefined
      ? ['region and customDomain exclude each other: the custom domain stands for the region too']
      : []),
  ],
}

function regionalHostFault(value: string): string | undefined {
  const isRegional = /(^|\/)(auth|api|console)\.pingone\./i.test(value)
  return isRegional ? 'is a host of PingOne itself: leave customDomain out, give environmentId and region' : undefined
}
