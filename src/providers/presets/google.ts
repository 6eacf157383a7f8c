// Google: one issuer for all; refresh tokens by parameters of its own in the place of a scope.
import * as v from 'valibot'
import type { ProviderOptions } from '../../options-client.ts'
import { type PresetInput, parseInput } from './preset-input.ts'

/** What {@link google} takes. */
export interface GoogleOptions {
  /**
   * Asks for a refresh token: `access_type=offline`, as Google knows no `offline_access`; and `prompt=consent`, without
   * which only somebody's very first login gives one. Everybody then has to consent at every login. These become the
   * provider's `authorizationParameters`, which stand in for those of `relyingParty()`.
   *
   * @defaultValue `false`
   */
  readonly offlineAccess?: boolean | undefined
}

/**
 * Google.
 *
 * @param options - see {@link GoogleOptions}
 * @returns the provider; members given beside it win
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`, with the fix in its message
 * @example
 * ```ts
 * app.use(relyingParty({ provider: google(), clientId, clientSecret, baseUrl, secret, scope: 'openid email' }))
 * ```
 * @see docs/providers/others.md
 */
export function google(options: GoogleOptions = {}): ProviderOptions {
  const { offlineAccess = false } = parseInput(input, options)
  return {
    name: 'Google',
    issuer: 'https://accounts.google.com',
    ...(offlineAccess ? { authorizationParameters: { access_type: 'offline', prompt: 'consent' } } : {}),
  }
}

const input: PresetInput<GoogleOptions> = {
  preset: 'google',
  entries: { offlineAccess: v.optional(v.boolean()) },
}
