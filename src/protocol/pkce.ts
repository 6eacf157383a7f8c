// Proof Key for Code Exchange, method S256 (RFC 7636 section 4).
import { hash } from 'node:crypto'
import { randomText } from '../random.ts'

/** A `code_verifier` of 256 random bits: 43 characters of base64url, the shortest that section 4.1 allows. */
export function createCodeVerifier(): string {
  return randomText(32)
}

/** The `code_challenge` of a verifier by S256 (section 4.2). */
export function codeChallenge(codeVerifier: string): string {
  return hash('sha256', codeVerifier, 'base64url')
}

/** Whether a text has the length and the alphabet of a `code_verifier` (section 4.1). */
export function isCodeVerifier(text: string): boolean {
  return /^[A-Za-z0-9\-._~]{43,128}$/.test(text)
}
