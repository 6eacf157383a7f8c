// What the stub provider puts into a code and into tokens: one place, known to the provider and to the load.

/** How large a login's tokens are. `usual` is what the measures take that are not about size; claims beside the protocol's. */
export const shapes = {
  usual: { claims: 5, idTokenBytes: 900, accessTokenBytes: 900, lifeSeconds: 3600 },
  small: { claims: 5, idTokenBytes: 0, accessTokenBytes: 600, lifeSeconds: 3600 },
  medium: { claims: 5, idTokenBytes: 2000, accessTokenBytes: 2000, lifeSeconds: 3600 },
  large: { claims: 5, idTokenBytes: 8000, accessTokenBytes: 8000, lifeSeconds: 3600 },
  manyClaims: { claims: 100, idTokenBytes: 0, accessTokenBytes: 600, lifeSeconds: 3600 },
  expiring: { claims: 5, idTokenBytes: 900, accessTokenBytes: 900, lifeSeconds: 1 },
}

/**
 * The code carries all that the token endpoint has to know, so that the provider keeps nothing of a login.
 *
 * @param {{ clientId: string, sub: string, shape: string, nonce?: string, challenge?: string }} grant
 */
export function createCode(grant) {
  return Buffer.from(JSON.stringify(grant)).toString('base64url')
}

/** @param {string} code */
export function readCode(code) {
  return JSON.parse(Buffer.from(code, 'base64url').toString())
}

/** Claims as a company's provider sends them: some about the person, the rest made up to the number. */
export function claimsOf(sub, { claims, idTokenBytes }) {
  const person = {
    name: 'Alice Example',
    given_name: 'Alice',
    family_name: 'Example',
    email: `${sub}@example.com`,
    email_verified: true,
  }
  const more = Array.from({ length: claims - 5 }, (_, index) => [`claim_${index}`, `value ${index}`])
  const group = 'department-0000'
  // An ID Token of five claims has about 850 characters; base64url makes 4 of 3.
  const groups = Array(Math.max(0, Math.floor(((idTokenBytes - 850) * 0.75) / (group.length + 3)))).fill(group)
  return { ...person, ...Object.fromEntries(more), ...(groups.length > 0 && { groups }) }
}

/** Looks like a JSON Web Token, and no relying party looks into it. */
export function accessTokenOf(number, { accessTokenBytes }) {
  return `eyJhbGciOiJSUzI1NiJ9.${number.toString(36).padEnd(12, '0')}`.padEnd(accessTokenBytes, 'aB3_')
}
