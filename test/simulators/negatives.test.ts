// What every provider must refuse (X7), in the words of each vendor where they are known.

import { describe, expect, it } from 'vitest'
import { asgardeo, cidaas, okta, oktaCustom, type Profile, pingOne, wso2IdentityServer } from './index.ts'
import { openSimulator } from './open-simulator.ts'
import { basicHeader, codeChallenge, codeVerifier } from './wire-client.ts'
import type { WireAnswer } from './wire-exchange.ts'

/** `undefined` where nobody knows the vendor's words. */
interface Words {
  readonly profile: Profile
  readonly wrongVerifier?: string
  readonly missingVerifier?: string
  readonly deadCode?: { readonly unknown: string; readonly reused: string; readonly expired: string }
  readonly otherRedirectUri?: string
}

const wso2Words = {
  wrongVerifier: 'PKCE validation failed',
  missingVerifier: 'No PKCE code verifier found.PKCE is mandatory for this oAuth 2.0 application.',
  deadCode: {
    unknown: 'Invalid authorization code received from token request',
    reused: 'Inactive authorization code received from token request',
    expired: 'Expired or Revoked authorization code received from token request',
  },
  otherRedirectUri: 'Callback url mismatch',
}
const oktaDeadCode = 'The authorization code is invalid or has expired.'
const oktaWords = {
  wrongVerifier: 'PKCE verification failed.',
  deadCode: { unknown: oktaDeadCode, reused: oktaDeadCode, expired: oktaDeadCode },
  otherRedirectUri: "The 'redirect_uri' does not match the redirection URI used in the authorization request.",
}
const vendors: Words[] = [
  { profile: asgardeo, ...wso2Words },
  { profile: wso2IdentityServer, ...wso2Words },
  { profile: cidaas },
  {
    profile: pingOne,
    wrongVerifier:
      'The code_verifier sent does not match code_challenge included in the authorization request using the S256 code_challenge_method.',
  },
  { profile: okta, ...oktaWords },
  { profile: oktaCustom, ...oktaWords },
]

/** Where a vendor's answers are not public, the title says so. */
function titleOf({ profile, wrongVerifier, deadCode }: Words): string {
  if (wrongVerifier === undefined) return `${profile.name} (answers and lifetime of codes assumed)`
  return deadCode ? profile.name : `${profile.name} (answers assumed but for the wrong verifier, lifetime of codes too)`
}

function expectRefusal(answer: WireAnswer, words: string | undefined): void {
  expect(answer.status).toBe(400)
  expect(answer.json['error']).toBe('invalid_grant')
  if (words === undefined) expect(answer.json['error_description']).toEqual(expect.any(String))
  else expect(answer.json['error_description']).toBe(words)
}

describe.each(vendors.map((words) => [titleOf(words), words] as const))('the simulator of %s', (_name, words) => {
  const { profile } = words

  it('refuses a wrong verifier', async () => {
    const { client } = await openSimulator(profile)
    const answer = await client.redeem(await client.code(), { code_verifier: 'x'.repeat(43) })
    expectRefusal(answer, words.wrongVerifier)
  })

  it('refuses a token request without the verifier', async () => {
    const { client } = await openSimulator(profile)
    const answer = await client.redeem(await client.code(), { code_verifier: undefined })
    expectRefusal(answer, words.missingVerifier)
  })

  it('refuses a code that nobody gave out', async () => {
    const { client } = await openSimulator(profile)
    expectRefusal(await client.redeem('a-code-of-nobody'), words.deadCode?.unknown)
  })

  it('refuses a code that was used', async () => {
    const { client } = await openSimulator(profile)
    const code = await client.code()
    expect((await client.redeem(code)).status).toBe(200)
    expectRefusal(await client.redeem(code), words.deadCode?.reused)
  })

  it('takes a code of 299 seconds and refuses one of 300', async () => {
    const { simulator, client } = await openSimulator(profile)
    const [young, old] = [await client.code(), await client.code()]
    simulator.clock.advance(299)
    expect((await client.redeem(young)).status).toBe(200)
    simulator.clock.advance(1)
    expectRefusal(await client.redeem(old), words.deadCode?.expired)
  })

  it('refuses plain, explicit or by default, where S256 is required', async () => {
    const { client } = await openSimulator(profile, { clients: [{ pkce: 's256-required' }] })
    for (const method of ['plain', undefined]) {
      const { status, callback } = await client.authorize({
        code_challenge: codeVerifier,
        code_challenge_method: method,
      })
      expect([status, callback.get('error'), callback.get('state')]).toEqual([302, 'invalid_request', 'state-1'])
    }
  })

  it('refuses an Authentication Request without a challenge where one is required', async () => {
    const { client } = await openSimulator(profile, { clients: [{ pkce: 's256-required' }] })
    const { status, callback } = await client.authorize({ code_challenge: undefined, code_challenge_method: undefined })
    expect([status, callback.get('error')]).toEqual([302, 'invalid_request'])
  })

  it('refuses another redirect URI at the token endpoint', async () => {
    const { client } = await openSimulator(profile)
    const answer = await client.redeem(await client.code(), { redirect_uri: `${client.redirectUri}/` })
    expectRefusal(answer, words.otherRedirectUri)
  })

  it('never redirects to a redirect URI that is not registered', async () => {
    const { client } = await openSimulator(profile)
    const { location } = await client.authorize({ redirect_uri: 'https://attacker.example/callback' })
    expect(location).not.toContain('attacker.example')
  })

  it('never redirects for a client that is not registered', async () => {
    const { simulator, client } = await openSimulator(profile)
    const { status, location } = await client.authorize({ client_id: 'nobody' })
    if (location === '') expect(status).toBeGreaterThanOrEqual(400)
    else expect(location.startsWith(simulator.url)).toBe(true)
  })

  it('refuses the code of another client', async () => {
    const { client } = await openSimulator(profile, { clients: [{}, { clientId: 'other', method: 'none' }] })
    const headers = {}
    const answer = await client.redeem(await client.code(), { client_id: 'other' }, headers)
    expectRefusal(answer, undefined)
  })

  it('refuses an unknown client at the token endpoint', async () => {
    const { client } = await openSimulator(profile)
    const answer = await client.redeem(await client.code(), { client_id: undefined }, basicHeader('nobody', 'x'))
    expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client'])
  })

  it('takes the challenge of a right login and gives back its state', async () => {
    const { client } = await openSimulator(profile)
    const { callback } = await client.authorize({ code_challenge: codeChallenge, state: 'abc.DEF-1_2' })
    expect(callback.get('state')).toBe('abc.DEF-1_2')
  })
})
