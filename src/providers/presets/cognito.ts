// Amazon Cognito: the issuer is the user pool, the endpoints are on its domain, and its logout is not announced.
import type { ProviderOptions } from '../../options-client.ts'
import { hostInput, type PresetInput, parseInput, segmentFault, splitAddress, textInput } from './preset-input.ts'

/** What {@link cognito} takes. */
export interface CognitoOptions {
  /** The AWS region of the user pool: `eu-central-1`. */
  readonly region: string
  /** The "User pool ID": `eu-central-1_AbCdEf123`. */
  readonly userPoolId: string
  /** The "Cognito domain", whole: `shop.auth.eu-central-1.amazoncognito.com`; or the custom domain. */
  readonly domain: string
}

/**
 * Amazon Cognito, by the user pool and its domain. Logout goes to `/logout` of the domain with `logout_uri`.
 *
 * @param options - see {@link CognitoOptions}
 * @returns the provider; members given beside it win
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`, with the fix in its message
 * @example
 * ```ts
 * const provider = cognito({
 *   region: 'eu-central-1',
 *   userPoolId: 'eu-central-1_AbCdEf123',
 *   domain: 'shop.auth.eu-central-1.amazoncognito.com',
 * })
 * app.use(relyingParty({ provider, clientId, clientSecret, baseUrl, secret }))
 * ```
 * @see docs/providers/others.md
 */
export function cognito(options: CognitoOptions): ProviderOptions {
  const { region, userPoolId, domain } = parseInput(input, options)
  return {
    name: 'Amazon Cognito',
    issuer: `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`,
    endSessionFallback: { url: `https://${domain}/logout`, redirectParameter: 'logout_uri' },
  }
}

const input: PresetInput<CognitoOptions> = {
  preset: 'cognito',
  entries: {
    region: textInput(regionFault),
    userPoolId: textInput(issuerFault, segmentFault('eu-central-1_AbCdEf123')),
    domain: hostInput('shop.auth.eu-central-1.amazoncognito.com', poolHostFault, prefixFault),
  },
  contradictionsOf: ({ region, userPoolId }) =>
    userPoolId.startsWith(`${region}_`)
      ? []
      : ["userPoolId must begin with the region and '_': are region and userPoolId of the same pool?"],
}

function regionFault(value: string): string | undefined {
  return /^[a-z]{2}(-[a-z]+)+-\d+$/.test(value) ? undefined : "must be a region of AWS, such as 'eu-central-1'"
}

function issuerFault(value: string): string | undefined {
  const id = /\.amazonaws\.com\/([\w-]+)/.exec(value)?.[1]
  return id === undefined ? undefined : `must be the id alone: write '${id}'`
}

function poolHostFault(value: string): string | undefined {
  const isPool = splitAddress(value).host.startsWith('cognito-idp.')
  return isPool
    ? 'is the host of the issuer: give the domain of the pool, ...amazoncognito.com or a custom one'
    : undefined
}

function prefixFault(value: string): string | undefined {
  return /^[a-z\d-]+$/.test(value)
    ? `must be the whole domain: write '${value}.auth.', the region, '.amazoncognito.com'`
    : undefined
}
