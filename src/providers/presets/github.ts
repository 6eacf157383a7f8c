// GitHub: OAuth 2.0 without OpenID Connect, so its endpoints are written down here and claims come from its user API.
import type { ProviderOptions, UserClaims } from '../../options-client.ts'
import { type PresetInput, parseInput } from './preset-input.ts'

/** What {@link github} takes: nothing, so far. */
export type GithubOptions = Readonly<Record<never, never>>

/**
 * GitHub. It is no OpenID Provider: there is no ID token, so who signed in is what its API says about the access token.
 * `sub` is the account's numeric id, which stays when the login name changes hands. The e-mail address is the public one
 * and may be absent.
 *
 * @param options - see {@link GithubOptions}
 * @returns the provider; members given beside it win
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`
 * @example
 * ```ts
 * app.use(relyingParty({ provider: github(), clientId, clientSecret, baseUrl, secret }))
 * ```
 * @see docs/providers/others.md
 */
export function github(options: GithubOptions = {}): ProviderOptions {
  parseInput(input, options)
  return {
    name: 'GitHub',
    // As its authorization responses have it in `iss` (RFC 9207).
    issuer: 'https://github.com/login/oauth',
    metadata: {
      authorization_endpoint: 'https://github.com/login/oauth/authorize',
      token_endpoint: 'https://github.com/login/oauth/access_token',
      userinfo_endpoint: 'https://api.github.com/user',
      code_challenge_methods_supported: ['S256'],
    },
    // Its documents know the secret in the body only, and clients always have one.
    clientAuthentication: 'client_secret_post',
    scope: 'read:user user:email',
    userClaims: githubClaims,
  }
}

const input: PresetInput<GithubOptions> = { preset: 'github', entries: {} }

/** OpenID Connect's names for what `GET /user` answers; what is not there, or null, is left out. */
function githubClaims(answer: Readonly<Record<string, unknown>>): UserClaims {
  const { id } = answer
  const claims = Object.entries(claimNames).map(([claim, member]): [string, unknown] => [claim, answer[member]])
  const present = claims.filter(([, value]) => typeof value === 'string' && value !== '')
  return { ...Object.fromEntries(present), sub: Number.isSafeInteger(id) ? String(id) : '' }
}

const claimNames = {
  preferred_username: 'login',
  name: 'name',
  email: 'email',
  picture: 'avatar_url',
  profile: 'html_url',
  website: 'blog',
} as const
