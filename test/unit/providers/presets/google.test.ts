import { describe, expect, it } from 'vitest'
import { google } from '../../../../src/providers/presets/google.ts'
import { describeMetadata, refusalOf } from './preset-facts.ts'

describe('google', () => {
  it('has one issuer, and asks for nothing more unless it is told to', () => {
    expect(google()).toEqual({ name: 'Google', issuer: 'https://accounts.google.com' })
    expect(google({ offlineAccess: false })).toEqual(google())
  })

  it('asks for a refresh token by parameters of its own', () => {
    expect(google({ offlineAccess: true }).authorizationParameters).toEqual({
      access_type: 'offline',
      prompt: 'consent',
    })
  })

  it.each([
    [{ offlineAccess: 'yes' }, 'offlineAccess must be boolean'],
    [{ offline: true }, 'unknown option offline'],
    [{ offlineacces: true }, 'did you mean offlineAccess?'],
  ])('refuses %j: %s', (options, fault) => {
    expect(refusalOf(() => google(options as never))).toContain(fault)
  })

  describeMetadata(
    google(),
    {
      issuer: 'https://accounts.google.com',
      token_endpoint: 'https://oauth2.googleapis.com/token',
      code_challenge_methods_supported: ['plain', 'S256'],
    },
    { name: 'google' },
  )
})
