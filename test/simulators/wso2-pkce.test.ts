// PKCE at WSO2 Identity Server and Asgardeo: the order and the words of their engine (wire 1.2, 1.6).

import { describe, expect, it } from 'vitest'
import { asgardeo, type Profile, wso2IdentityServer } from './index.ts'
import { openSimulator } from './open-simulator.ts'
import { codeChallenge, codeVerifier } from './wire-client.ts'

const mandatory =
  'PKCE is mandatory for this application. PKCE Challenge is not provided or is not upto RFC 7636 specification.'
const noPlain = 'This application does not support "plain" transformation algorithm.'
const malformed = 'Code challenge used is not up to RFC 7636 specifications.'
const unknownMethod = 'Unsupported PKCE Challenge Method'
const none = { code_challenge: undefined, code_challenge_method: undefined }

const profiles: [string, Profile][] = [asgardeo, wso2IdentityServer].map((profile) => [profile.name, profile])

describe.each(profiles)('%s', (_name, profile) => {
  it.each([
    ['no challenge, mandatory', 'required', none, mandatory],
    ['a challenge of 42 characters, mandatory', 'required', { code_challenge: 'x'.repeat(42) }, mandatory],
    ['an S256 challenge of 44 characters, mandatory', 'required', { code_challenge: 'x'.repeat(44) }, mandatory],
    ['the method s256 in lower case', 'optional', { code_challenge_method: 's256' }, unknownMethod],
    ['plain, not supported', 'no-plain', { code_challenge_method: 'plain' }, noPlain],
    ['no method, plain not supported', 'no-plain', { code_challenge_method: undefined }, noPlain],
    ['a malformed S256 challenge, optional', 'optional', { code_challenge: 'x'.repeat(44) }, malformed],
    [
      'a plain challenge of 129 characters',
      'optional',
      { code_challenge: 'x'.repeat(129), code_challenge_method: 'plain' },
      malformed,
    ],
  ] as const)('redirects to the application with an error: %s', async (_case, pkce, overrides, description) => {
    const { client } = await openSimulator(profile, { clients: [{ pkce }] })
    const { status, callback, location } = await client.authorize(overrides)
    expect(status).toBe(302)
    expect(location.startsWith(client.redirectUri)).toBe(true)
    expect([...callback]).toEqual([
      ['error', 'invalid_request'],
      ['error_description', description],
      ['state', 'state-1'],
    ])
  })

  it('shows the error on its own page where the installation says so', async () => {
    const { client, simulator } = await openSimulator(profile, { pkceErrorAt: 'page' })
    expect((await client.authorize(none)).location.startsWith(simulator.urls.errorPage)).toBe(true)
  })

  it.each([
    [
      'missing, though a challenge was sent',
      'optional',
      undefined,
      'Empty PKCE code_verifier sent. This authorization code requires a PKCE verification to obtain an access token.',
    ],
    [
      'missing, mandatory',
      'required',
      undefined,
      'No PKCE code verifier found.PKCE is mandatory for this oAuth 2.0 application.',
    ],
    ['of 42 characters', 'required', 'x'.repeat(42), 'Code verifier used is not up to RFC 7636 specifications.'],
    ['of 129 characters', 'required', 'x'.repeat(129), 'Code verifier used is not up to RFC 7636 specifications.'],
    [
      'with a character outside the alphabet',
      'required',
      `${'x'.repeat(42)}+`,
      'Code verifier used is not up to RFC 7636 specifications.',
    ],
    ['of another challenge', 'required', 'x'.repeat(43), 'PKCE validation failed'],
  ] as const)('refuses a verifier %s', async (_case, pkce, code_verifier, description) => {
    const { client } = await openSimulator(profile, { clients: [{ pkce }] })
    const { status, text } = await client.redeem(await client.code(), { code_verifier })
    expect([status, text]).toEqual([400, JSON.stringify({ error_description: description, error: 'invalid_grant' })])
  })

  it('refuses a plain code when the application stopped to support plain', async () => {
    const { simulator, client } = await openSimulator(profile, { clients: [{ pkce: 'required' }] })
    const code = await client.code({ code_challenge: codeVerifier, code_challenge_method: 'plain' })
    simulator.configureClient(client.clientId, { pkce: 's256-required' })
    expect((await client.redeem(code)).json).toEqual({
      error: 'invalid_grant',
      error_description: "This application does not allow 'plain' transformation algorithm.",
    })
  })

  it.each([43, 58, 72, 128])('takes a verifier of %i characters (X5)', async (length) => {
    const { client } = await openSimulator(profile, { clients: [{ pkce: 'required' }] })
    const verifier = 'aZ09-._~'.repeat(16).slice(0, length)
    const code = await client.code({ code_challenge: verifier, code_challenge_method: 'plain' })
    expect((await client.redeem(code, { code_verifier: verifier })).status).toBe(200)
  })

  it('needs no PKCE at all where it is optional', async () => {
    const { client } = await openSimulator(profile, { clients: [{ pkce: 'optional' }] })
    expect((await client.redeem(await client.code(none), { code_verifier: undefined })).status).toBe(200)
  })

  it('takes S256 where plain is not supported', async () => {
    const { client } = await openSimulator(profile, { clients: [{ pkce: 'no-plain' }] })
    const code = await client.code({ code_challenge: codeChallenge })
    expect((await client.redeem(code, { code_verifier: codeVerifier })).status).toBe(200)
  })
})
