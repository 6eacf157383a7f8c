// Which claims about the user a scope opens (OpenID Connect Core 1.0 section 5.4).

import type { SimulatorUser } from './profile.ts'

const CLAIMS_OF_SCOPE: Readonly<Record<string, readonly string[]>> = {
  profile: ['name', 'given_name', 'family_name', 'preferred_username', 'nickname', 'locale', 'zoneinfo', 'updated_at'],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  address: ['address'],
  groups: ['groups'],
  roles: ['roles'],
}

/** The claims of the user that were asked for, without `sub`. */
export function userClaims(user: SimulatorUser, scopes: readonly string[]): Record<string, unknown> {
  const names = scopes.flatMap((scope) => CLAIMS_OF_SCOPE[scope] ?? [])
  return Object.fromEntries(Object.entries(user).filter(([name]) => names.includes(name)))
}
