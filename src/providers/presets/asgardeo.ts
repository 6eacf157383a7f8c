// Asgardeo: everything is below /t/{organization}, and the Issuer Identifier is the URL of the token endpoint.
import * as v from 'valibot'
import type { ProviderOptions } from '../../options-client.ts'
import { baseUrlFault, type PresetInput, parseInput, segmentFault, textInput } from './preset-input.ts'

/** What {@link asgardeo} takes. */
export interface AsgardeoOptions {
  /** The organization name, as the Console's URL has it behind `/t/`: `bifrost`. */
  readonly organization: string
  /**
   * Where the organization is, for another region or a custom domain: the issuer without `/t/...`.
   *
   * @defaultValue `'https://api.asgardeo.io'`
   */
  readonly baseUrl?: string | undefined
}

/**
 * Asgardeo, by the name of the organization.
 *
 * @param options - see {@link AsgardeoOptions}
 * @returns the provider; members given beside it win: `{ ...asgardeo({ organization }), scope: 'openid profile' }`
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`, with the fix in its message
 * @example
 * ```ts
 * app.use(relyingParty({ provider: asgardeo({ organization: 'bifrost' }), clientId, clientSecret, baseUrl, secret }))
 * ```
 * @see docs/providers/asgardeo.md
 */
export function asgardeo(options: AsgardeoOptions): ProviderOptions {
  const { organization, baseUrl = 'https://api.asgardeo.io' } = parseInput(input, options)
  return {
    name: 'Asgardeo',
    issuer: `${baseUrl}/t/${organization}/oauth2/token`,
    // Its documents want this one; today it is the issuer as well.
    clientAssertionAudience: 'token_endpoint',
  }
}

const input: PresetInput<AsgardeoOptions> = {
  preset: 'asgardeo',
  entries: {
    organization: textInput(organizationFault, segmentFault('bifrost')),
    baseUrl: v.optional(textInput(pathFault, consoleFault, baseUrlFault('https://api.asgardeo.io'))),
  },
}

function organizationFault(value: string): string | undefined {
  const found = organizationIn(value)
  return found === undefined ? undefined : `must be the name alone: write '${found}'`
}

function pathFault(value: string): string | undefined {
  const found = organizationIn(value)
  const base = value.replace(/\/t\/.*$/, '')
  return found === undefined ? undefined : `must end before /t/: write baseUrl: '${base}', organization: '${found}'`
}

/** The address bar of the Console shows `https://console.asgardeo.io/t/{organization}/...`. */
function consoleFault(value: string): string | undefined {
  const isConsole = value.includes('//console.')
  return isConsole ? "is the address of the Console: leave it out for 'https://api.asgardeo.io'" : undefined
}

function organizationIn(value: string): string | undefined {
  return /(?:^|\/)t\/([\w.-]+)/.exec(value)?.[1]
}
