// What the End-User granted: authorization codes, access tokens and refresh tokens, each used as RFC 6749 allows.

import { randomBytes } from 'node:crypto'

import { nowAt } from './clock.ts'
import type { TestClient, TestUser } from './parties.ts'

const CODE_LIFETIME_SECONDS = 300

/** The lifetime of an access token. */
export const ACCESS_TOKEN_LIFETIME_SECONDS = 3600

/** One consent of one user to one client; all tokens that follow from it share it. */
export interface Grant {
  readonly client: TestClient
  readonly user: TestUser
  readonly scope: string
  readonly redirectUri: string
  readonly codeChallenge: string
  readonly nonce: string | undefined
  readonly acr: string | undefined
  readonly authTimeAt: number
  readonly sid: string
  isRevoked: boolean
}

interface Credential {
  readonly grant: Grant
  readonly expiresAt: number
  isSpent: boolean
}

/** The codes and tokens that are out. */
export class Grants {
  readonly #codes: Map<string, Credential> = new Map()
  readonly #accessTokens: Map<string, Credential> = new Map()
  readonly #refreshTokens: Map<string, Credential> = new Map()

  /** A new code, good for one use within 300 seconds. */
  issueCode(grant: Grant): string {
    return issue(this.#codes, grant, nowAt() + CODE_LIFETIME_SECONDS)
  }

  /** A new access token. */
  issueAccessToken(grant: Grant): string {
    return issue(this.#accessTokens, grant, nowAt() + ACCESS_TOKEN_LIFETIME_SECONDS)
  }

  /** A new refresh token, good for one use. */
  issueRefreshToken(grant: Grant): string {
    return issue(this.#refreshTokens, grant, Number.POSITIVE_INFINITY)
  }

  /** The grant behind a code, which is spent by this. */
  takeCode(code: string): Grant | undefined {
    return take(this.#codes, code)
  }

  /** The grant behind a refresh token, which stays good. */
  findRefreshToken(refreshToken: string): Grant | undefined {
    const credential = this.#refreshTokens.get(refreshToken)
    return credential && isGood(credential) ? credential.grant : undefined
  }

  /** The grant behind a refresh token, which is spent by this. */
  takeRefreshToken(refreshToken: string): Grant | undefined {
    return take(this.#refreshTokens, refreshToken)
  }

  /** Ends all tokens of the grant behind a token of this client, when there is one (RFC 7009 section 2.1). */
  revoke(token: string, client: TestClient): void {
    const grant = (this.#refreshTokens.get(token) ?? this.#accessTokens.get(token))?.grant
    if (grant?.client === client) grant.isRevoked = true
  }

  /** The grant behind an access token. */
  findAccessToken(accessToken: string): Grant | undefined {
    const credential = this.#accessTokens.get(accessToken)
    return credential && isGood(credential) ? credential.grant : undefined
  }
}

function issue(credentials: Map<string, Credential>, grant: Grant, expiresAt: number): string {
  const value = randomBytes(24).toString('base64url')
  credentials.set(value, { grant, expiresAt, isSpent: false })
  return value
}

function take(credentials: Map<string, Credential>, value: string): Grant | undefined {
  const credential = credentials.get(value)
  if (!credential) return undefined
  // RFC 6749 section 4.1.2 and RFC 9700 section 4.14.2: whoever comes second may be the thief, so all tokens of the grant end.
  if (credential.isSpent) credential.grant.isRevoked = true
  if (!isGood(credential)) return undefined
  credential.isSpent = true
  return credential.grant
}

function isGood(credential: Credential): boolean {
  return !credential.isSpent && !credential.grant.isRevoked && nowAt() < credential.expiresAt
}
