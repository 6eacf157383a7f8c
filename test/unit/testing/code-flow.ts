// A relying party written by hand, so that the test provider is not tested with what it is there to test.

import { createHash } from 'node:crypto'

import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, type JWTVerifyResult, jwtVerify } from 'jose'

import type { TestProvider } from '../../../src/testing/index.ts'

export const REDIRECT_URI = 'http://localhost:9/callback'
const CODE_VERIFIER = 'a'.repeat(43)
export const CODE_CHALLENGE = createHash('sha256').update(CODE_VERIFIER).digest('base64url')

const AUTHENTICATION_REQUEST: Record<string, string> = {
  client_id: 'test-client',
  redirect_uri: REDIRECT_URI,
  response_type: 'code',
  scope: 'openid offline_access',
  state: 'the-state',
  nonce: 'the-nonce',
  code_challenge: CODE_CHALLENGE,
  code_challenge_method: 'S256',
}

export type Parameters = Record<string, string | undefined>

export function withoutUndefined(parameters: Parameters): URLSearchParams {
  const entries = Object.entries(parameters)
  return new URLSearchParams(entries.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** The raw answer of the authorization endpoint. */
export async function authorize(provider: TestProvider, changes: Parameters = {}): Promise<Response> {
  const query = withoutUndefined({ ...AUTHENTICATION_REQUEST, ...changes })
  return fetch(`${provider.url}/authorize?${query}`, { redirect: 'manual' })
}

/** The parameters with which the provider sends the browser back. */
export async function authorizationResponse(
  provider: TestProvider,
  changes: Parameters = {},
): Promise<URLSearchParams> {
  const response = await authorize(provider, changes)
  return new URL(response.headers.get('location') ?? '').searchParams
}

export async function takeCode(provider: TestProvider, changes: Parameters = {}): Promise<string> {
  return (await authorizationResponse(provider, changes)).get('code') ?? ''
}

/** The raw answer of the token endpoint. */
export async function requestTokens(
  provider: TestProvider,
  changes: Parameters,
  init: RequestInit = {},
): Promise<Response> {
  const body = withoutUndefined({
    grant_type: 'authorization_code',
    client_id: 'test-client',
    redirect_uri: REDIRECT_URI,
    code_verifier: CODE_VERIFIER,
    ...changes,
  })
  return fetch(`${provider.url}/token`, { method: 'POST', body, redirect: 'manual', ...init })
}

export type TokenResponse = Record<'access_token' | 'id_token' | 'refresh_token' | 'scope' | 'token_type', string> & {
  expires_in: number
}

export async function login(provider: TestProvider, changes: Parameters = {}): Promise<TokenResponse> {
  const response = await requestTokens(provider, { code: await takeCode(provider, changes) })
  return (await response.json()) as TokenResponse
}

export async function refresh(provider: TestProvider, refreshToken: string): Promise<Response> {
  return requestTokens(provider, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    redirect_uri: undefined,
    code_verifier: undefined,
  })
}

export async function verify(provider: TestProvider, idToken: string): Promise<JWTVerifyResult> {
  return jwtVerify(idToken, createRemoteJWKSet(new URL(`${provider.url}/jwks`)))
}

/** Header and claims of the ID Token of a login, unverified. */
export async function idTokenOf(
  provider: TestProvider,
): Promise<{ token: string; header: Record<string, unknown>; claims: Record<string, unknown> }> {
  const { id_token: token } = await login(provider)
  return { token, header: { ...decodeProtectedHeader(token) }, claims: { ...decodeJwt(token) } }
}
