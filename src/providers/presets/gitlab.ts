// GitLab: gitlab.com, or a server of one's own.
import * as v from 'valibot'
import type { ProviderOptions } from '../../options-client.ts'
import { baseUrlFault, type PresetInput, parseInput, textInput } from './preset-input.ts'

/** What {@link gitlab} takes. */
export interface GitlabOptions {
  /** The URL of a server of your own: `https://gitlab.example.com`. @defaultValue `'https://gitlab.com'` */
  readonly baseUrl?: string | undefined
}

/**
 * GitLab. It announces no logout: signing out ends the login here only.
 *
 * @param options - see {@link GitlabOptions}
 * @returns the provider; members given beside it win
 * @throws RelyingPartyError with `ERR_RP_OPTIONS`, with the fix in its message
 * @example
 * ```ts
 * const provider = gitlab({ baseUrl: 'https://gitlab.example.com' })
 * app.use(relyingParty({ provider, clientId, clientSecret, baseUrl, secret }))
 * ```
 * @see docs/providers/others.md
 */
export function gitlab(options: GitlabOptions = {}): ProviderOptions {
  const { baseUrl = 'https://gitlab.com' } = parseInput(input, options)
  return { name: 'GitLab', issuer: baseUrl }
}

const input: PresetInput<GitlabOptions> = {
  preset: 'gitlab',
  entries: { baseUrl: v.optional(textInput(endpointFault, baseUrlFault('https://gitlab.example.com'))) },
}

function endpointFault(value: string): string | undefined {
  const [, base] = /^(https?:\/\/.+)\/oauth(\/.*)?$/.exec(value) ?? []
  return base === undefined ? undefined : `must end before /oauth: write '${base}'`
}
