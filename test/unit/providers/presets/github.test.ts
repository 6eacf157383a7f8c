import { describe, expect, it } from 'vitest'
import { github } from '../../../../src/providers/presets/github.ts'
import { providerSettingsOf } from '../../settings.ts'
import { describeMetadata, methodAt, refusalOf } from './preset-facts.ts'

const provider = github()

describe('github', () => {
  it('has the issuer that GitHub names in its authorization responses (RFC 9207)', () => {
    expect(provider.issuer).toBe('https://github.com/login/oauth')
  })

  it('asks for no ID token, and for the profile and the addresses', () => {
    expect(provider.scope).toBe('read:user user:email')
  })

  it('sends the secret in the body, and refuses to do without one', () => {
    expect(methodAt(provider, { issuer: provider.issuer })).toBe('client_secret_post')
    expect(refusalOf(() => providerSettingsOf({ provider }))).toContain('needs a clientSecret')
  })

  it('makes claims of what its user API answers; the numeric id is the subject', () => {
    const answer = {
      id: 583231,
      login: 'octocat',
      name: 'The Octocat',
      email: 'octocat@example.com',
      avatar_url: 'https://avatars.example/u/583231',
      html_url: 'https://github.com/octocat',
      blog: '',
      site_admin: true,
    }
    expect(provider.userClaims?.(answer)).toEqual({
      sub: '583231',
      preferred_username: 'octocat',
      name: 'The Octocat',
      email: 'octocat@example.com',
      picture: 'https://avatars.example/u/583231',
      profile: 'https://github.com/octocat',
    })
  })

  it('leaves out what a person keeps private', () => {
    expect(provider.userClaims?.({ id: 1, login: 'a', name: null, email: null })).toEqual({
      sub: '1',
      preferred_username: 'a',
    })
  })

  it.each([{}, { id: '1' }, { id: null }, { id: 1.5 }, { message: 'Bad credentials' }])(
    'gives %j no subject, so that nobody is signed in by it',
    (answer) => {
      expect(provider.userClaims?.(answer).sub).toBe('')
    },
  )

  it('refuses an option: it has none', () => {
    expect(refusalOf(() => github({ scope: 'repo' } as never))).toContain('unknown option scope')
  })

  describeMetadata(provider, {
    issuer: 'https://github.com/login/oauth',
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_post'],
  })
})
