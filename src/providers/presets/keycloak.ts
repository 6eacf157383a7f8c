// Keycloak: each realm is an issuer.
import type { ProviderOptions } from '../../options-client.ts'
import { baseUrlFault, type PresetInput, parseInput, textInput } from './preset-input.ts'

/** What {@link keycloak} takes. */
export interface KeycloakOptions {
  /** Where the server is: what stands before `/realms/` in its URLs. Old servers have `/auth` at the end of it. */
  readonly baseUrl: string
  /** The name of the realm, its letters as in the Admin Console. */
  readonly realm: string
}

/**
 * Keycloak, by its URL and the realm.
 *
 * @param options - see {@link KeycloakOptions}
 * @returns the provider; members given beside it win
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`, with the fix in its message
 * @example
 * ```ts
 * const provider = keycloak({ baseUrl: 'https://sso.example.com', realm: 'shop' })
 * app.use(relyingParty({ provider, clientId, clientSecret, baseUrl, secret }))
 * ```
 * @see docs/providers/others.md
 */
export function keycloak(options: KeycloakOptions): ProviderOptions {
  const { baseUrl, realm } = parseInput(input, options)
  return { name: 'Keycloak', issuer: `${baseUrl}/realms/${realm}` }
}

const input: PresetInput<KeycloakOptions> = {
  preset: 'keycloak',
  entries: {
    baseUrl: textInput(realmInUrlFault, consoleFault, baseUrlFault('https://sso.example.com')),
    realm: textInput(realmFault),
  },
}

function realmInUrlFault(value: string): string | undefined {
  const [, base, realm] = /^(.*)\/realms\/([^/]+)/.exec(value) ?? []
  return realm === undefined ? undefined : `must end before /realms/: write baseUrl: '${base}', realm: '${realm}'`
}

function consoleFault(value: string): string | undefined {
  const [, base] = /^(https?:\/\/.+)\/admin(\/.*)?$/.exec(value) ?? []
  return base === undefined ? undefined : `is the address of the Admin Console: write baseUrl: '${base}'`
}

function realmFault(value: string): string | undefined {
  return /^[^/?#%\\]+$/.test(value) ? undefined : "must be the name alone, such as 'shop'"
}
