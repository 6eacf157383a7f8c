// Client assertions (RFC 7523): client_secret_jwt and private_key_jwt, verified on node:crypto alone.

import {
  constants,
  createHmac,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import type { ClientAuthenticationMethod, SimulatorClient } from './clients.ts'
import type { Context } from './context.ts'
import type { TokenFailure } from './failures.ts'

const MAX_LIFETIME_SECONDS = 3600

interface Assertion {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly input: Buffer
  readonly signature: Buffer
}

/** Which client an assertion speaks for, and by which method; nothing is proved yet. */
export function clientOfAssertion(
  assertion: string,
): { clientId: string; method: ClientAuthenticationMethod } | undefined {
  const parsed = parseJws(assertion)
  if (!parsed) return undefined
  const method = String(parsed.header['alg']).startsWith('HS') ? 'client_secret_jwt' : 'private_key_jwt'
  return { clientId: String(parsed.claims['sub']), method }
}

/** Why the assertion proves nothing. */
export function assertionFailure(context: Context, client: SimulatorClient, text: string): TokenFailure | undefined {
  const assertion = parseJws(text)
  const isProof =
    assertion !== undefined &&
    isSigned(client, assertion) &&
    hasRightClaims(context, client, assertion) &&
    isFirstUse(context, client, assertion)
  return isProof ? undefined : 'wrongSecret'
}

/** A compact JWS in its parts, or `undefined` for anything else. */
export function parseJws(text: string): Assertion | undefined {
  const [header = '', payload = '', signature = ''] = text.split('.')
  try {
    return {
      header: parsePart(header),
      claims: parsePart(payload),
      input: Buffer.from(`${header}.${payload}`),
      signature: Buffer.from(signature, 'base64url'),
    }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Whether the key made the signature by the algorithm of the header. */
export function isSignedBy(key: KeyObject, alg: unknown, { input, signature }: Assertion): boolean {
  switch (alg) {
    case 'RS256':
      return verify('sha256', input, key, signature)
    case 'PS256':
      return verify('sha256', input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature)
    case 'ES256':
      return verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature)
    case 'EdDSA':
    case 'Ed25519':
      return verify(null, input, key, signature)
    default:
      return false
  }
}

function isSigned(client: SimulatorClient, assertion: Assertion): boolean {
  const { alg, kid } = assertion.header
  if (client.method === 'client_secret_jwt') return alg === 'HS256' && isMac(client.clientSecret ?? '', assertion)
  const keys = (client.jwks?.keys ?? []) as readonly JsonWebKey[]
  const candidates = keys.filter((key) => kid === undefined || key['kid'] === undefined || key['kid'] === kid)
  return candidates.some((key) => isSignedBy(createPublicKey({ key, format: 'jwk' }), alg, assertion))
}

function isMac(secret: string, { input, signature }: Assertion): boolean {
  const expected = createHmac('sha256', secret).update(input).digest()
  return expected.length === signature.length && timingSafeEqual(expected, signature)
}

/** Okta wants the full token URL as `aud` and at most an hour (wire 4.3); what PingOne and cidaas want is not known. */
function hasRightClaims(context: Context, client: SimulatorClient, { claims }: Assertion): boolean {
  const nowAt = context.clock.nowAt()
  const expiresAt = Number(claims['exp'])
  const audiences = [claims['aud']].flat()
  const expected = [context.urls.token]
  if (context.profile.assertionAudience === 'token-endpoint-or-issuer') expected.push(context.issuer)
  return (
    claims['iss'] === client.clientId &&
    audiences.some((audience) => expected.includes(String(audience))) &&
    expiresAt > nowAt &&
    expiresAt <= nowAt + MAX_LIFETIME_SECONDS
  )
}

function isFirstUse(context: Context, client: SimulatorClient, { claims }: Assertion): boolean {
  const key = JSON.stringify([client.clientId, claims['jti']])
  if (context.usedAssertions.has(key)) return false
  context.usedAssertions.add(key)
  return true
}

function parsePart(part: string): Readonly<Record<string, unknown>> {
  const members: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
  if (typeof members !== 'object' || members === null) throw new SyntaxError('A part of a JWS is no object.')
  return members as Readonly<Record<string, unknown>>
}
