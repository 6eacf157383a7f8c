// What all endpoints of the test provider share: the clients, the user, the keys, the grants and the faults in force.

import type { Grants } from './grants.ts'
import type { TestClient, TestUser } from './parties.ts'
import type { TestProviderFaults } from './provider-faults.ts'
import type { SigningAlgorithm, SigningKeys } from './signing-keys.ts'

/** The state of one running test provider. */
export interface ProviderContext {
  readonly issuer: string
  readonly clients: readonly TestClient[]
  readonly metadata: Readonly<Record<string, unknown>>
  readonly idTokenSignedResponseAlg: SigningAlgorithm
  readonly keys: SigningKeys
  readonly grants: Grants
  user: TestUser | undefined
  signedInAt: number | undefined
  acrValues: readonly string[] | undefined
  faults: TestProviderFaults
}

/** The registered client of that identifier. */
export function findClient(context: ProviderContext, clientId: unknown): TestClient | undefined {
  return context.clients.find((client) => client.clientId === clientId)
}
