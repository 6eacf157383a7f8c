// Checks the faults that the test provider is given: a misspelt one would let a test pass that tests nothing.

import { type NamesOf, requireNames, requireWord } from './option-names.ts'
import type { AuthorizationFault, EndpointFault, IdTokenFault, TestProviderFaults } from './provider-faults.ts'

const faults: NamesOf<TestProviderFaults> = {
  authorization: true,
  token: true,
  discovery: true,
  jwks: true,
  userinfo: true,
  endSession: true,
  revocation: true,
  idToken: true,
}

const authorization: NamesOf<AuthorizationFault> = {
  error: true,
  errorDescription: true,
  replace: true,
  omit: true,
  duplicate: true,
  extra: true,
}

const endpoint: NamesOf<EndpointFault> = {
  status: true,
  body: true,
  contentType: true,
  redirectTo: true,
  omit: true,
  replace: true,
  bodyBytes: true,
  delaySeconds: true,
  destroySocket: true,
  drip: true,
}

const idToken: NamesOf<IdTokenFault> = { claims: true, header: true, signature: true, alg: true, kid: true }

const signatures = ['flipped', 'other-key', 'none', 'hmac-public-key', 'hmac-client-secret']

/** Throws a `TypeError` for faults that the provider does not know; `faults.misspelt` is undefined, and is refused too. */
export function checkFaults(given: TestProviderFaults): void {
  const caller = 'misbehave()'
  requireNames(caller, given, faults)
  for (const [name, fault] of Object.entries(given) as [keyof TestProviderFaults, object | undefined][]) {
    if (fault === undefined) continue
    const names = { authorization, idToken }[name as string] ?? endpoint
    requireNames(`${caller} ${name}`, fault, names as NamesOf<object>)
  }
  requireWord(`${caller} idToken.signature`, given.idToken?.signature, signatures)
  for (const name of given.authorization?.omit ?? []) {
    requireWord(`${caller} authorization.omit`, name, ['code', 'state', 'iss'])
  }
}
