import { describe, expect, it } from 'vitest'
import {
  type AuthorizationResponse,
  isAuthorizationResponse,
  parseAuthorizationResponse,
  requireCode,
} from '../../../src/protocol/authorization-response.ts'
import type { Provider } from '../../../src/providers/provider.ts'
import { providerSettingsOf } from '../settings.ts'
import { fakeProvider } from './fake-provider.ts'

const issuer = 'https://id.example'
const success = { state: 's', code: 'c', iss: undefined, error: undefined, errorDescription: undefined }
const invalid = expect.objectContaining({ code: 'ERR_RP_RESPONSE_INVALID', status: 400 })

function parse(query: string): AuthorizationResponse {
  return parseAuthorizationResponse(new URLSearchParams(query))
}

function providerWith(metadata: Record<string, unknown> = {}): Provider {
  return fakeProvider({ settings: providerSettingsOf(), metadata })
}

describe('isAuthorizationResponse', () => {
  it.each([
    ['state=a&code=b', true],
    ['state=a&error=b', true],
    ['state=&code=', true],
    ['state=a&state=b&code=c', true],
    ['state=a', false],
    ['code=a', false],
    ['error=a', false],
    ['utm_source=x', false],
    ['', false],
  ])('of %j is %s', (query, expected) => {
    expect(isAuthorizationResponse(new URLSearchParams(query))).toBe(expected)
  })
})

describe('parseAuthorizationResponse', () => {
  it('reads a success', () => {
    expect(parse('code=c&state=s&iss=https%3A%2F%2Fid.example')).toEqual({ ...success, iss: issuer })
  })

  it('reads a refusal', () => {
    const expected = { ...success, code: undefined, error: 'access_denied', errorDescription: 'no <b>' }
    expect(parse('state=s&error=access_denied&error_description=no+%3Cb%3E')).toEqual(expected)
  })

  it('takes an empty parameter for an absent one (RFC 6749 section 3.1)', () => {
    expect(parse('state=s&code=c&error=&iss=&error_description=')).toEqual(success)
  })

  it('does not mind unknown parameters, repeated ones either (RFC 6749 section 4.1.2)', () => {
    expect(parse('state=s&code=c&session_state=1&session_state=2&__proto__=x')).toEqual(success)
  })

  it.each(['state', 'code', 'iss', 'error', 'error_description', 'response'])(
    'refuses a repeated %s, even twice the same or empty (RFC 6749 section 3.1, threat V24)',
    (name) => {
      for (const repeated of [
        `${name}=a&${name}=b`,
        `${name}=a&${name}=a`,
        `${name}=&${name}=a`,
        `${name}=&${name}=`,
      ]) {
        expect(() => parse(`state=s&code=c&${repeated}`)).toThrow(invalid)
        expect(() => parse(repeated)).toThrow(
          expect.objectContaining({ message: expect.stringContaining(`repeats the parameter ${name} `.trim()) }),
        )
      }
    },
  )

  it.each([
    ['no state', 'code=c'],
    ['an empty state', 'state=&code=c'],
    ['neither code nor error', 'state=s'],
    ['an empty code', 'state=s&code='],
    ['both code and error', 'state=s&code=c&error=access_denied'],
    ['nothing', ''],
  ])('refuses a response with %s', (_what, query) => {
    expect(() => parse(query)).toThrow(invalid)
  })

  it('never writes what came into the error', () => {
    const query = 'state=MARKED&code=MARKED&error=MARKED&error_description=MARKED&MARKED=1'
    expect(() => parse(query)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('MARKED') }))
  })
})

describe('requireCode', () => {
  const advertised = { authorization_response_iss_parameter_supported: true }

  it('gives the code of a success', async () => {
    await expect(requireCode(success, providerWith())).resolves.toBe('c')
  })

  it.each([
    ['the iss that fits', issuer, advertised],
    ['the iss that fits, where it is not advertised', issuer, {}],
    ['no iss, where it is not advertised', undefined, {}],
    ['no iss, where it is said not to come', undefined, { authorization_response_iss_parameter_supported: false }],
  ])('accepts %s (RFC 9207 section 2.4)', async (_what, iss, metadata) => {
    await expect(requireCode({ ...success, iss }, providerWith(metadata))).resolves.toBe('c')
  })

  it.each([
    ['no iss, where it is advertised', undefined, advertised],
    ['the iss of another provider', 'https://evil.example', advertised],
    ['the iss of another provider, where it is not advertised', 'https://evil.example', {}],
    ['an iss that differs by a slash', `${issuer}/`, advertised],
    ['an iss that differs by its case', 'https://ID.example', advertised],
  ])('refuses %s (RFC 9207 section 2.4, mix-up)', async (_what, iss, metadata) => {
    await expect(requireCode({ ...success, iss }, providerWith(metadata))).rejects.toEqual(invalid)
  })

  it('compares iss before it believes a refusal', async () => {
    const refusal = { ...success, code: undefined, error: 'access_denied', iss: 'https://evil.example' }
    await expect(requireCode(refusal, providerWith(advertised))).rejects.toEqual(invalid)
  })

  it.each([
    ['access_denied', 'ERR_RP_ACCESS_DENIED', 403],
    ['login_required', 'ERR_RP_AUTHORIZATION_RESPONSE', 401],
    ['server_error', 'ERR_RP_AUTHORIZATION_RESPONSE', 401],
    ['Access_Denied', 'ERR_RP_AUTHORIZATION_RESPONSE', 401],
    ['<script>', 'ERR_RP_AUTHORIZATION_RESPONSE', 401],
  ])('throws the refusal %s as %s (%i) with what the provider said as data', async (error, code, status) => {
    const refusal = { ...success, code: undefined, error, errorDescription: 'MARKED' }
    const thrown = await requireCode(refusal, providerWith()).catch((reason: unknown) => reason)
    expect(thrown).toMatchObject({ code, status, error, errorDescription: 'MARKED', provider: issuer })
    expect(thrown).toMatchObject({ message: expect.not.stringMatching(/MARKED|<script>/) })
  })
})
