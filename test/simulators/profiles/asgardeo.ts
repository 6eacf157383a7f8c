// Asgardeo: WSO2's engine in the cloud, always below an organization (wire 1, facts 1).

import { ordinaryClient } from '../clients.ts'
import type { Profile, TokenOccasion } from '../profile.ts'
import { demoUser, nowhere } from './common.ts'
import { locateBelow, wso2Engine } from './wso2-engine.ts'

/** With the application of the guide: public, PKCE mandatory, plain allowed. */
export const asgardeo: Profile = {
  ...wso2Engine,
  name: 'Asgardeo',
  place: { ...nowhere, organization: 'bifrost' },
  sampleClient: {
    ...ordinaryClient,
    clientId: 'fv_LScHaB83PN4VPX1cHufphtHQa',
    method: 'none',
    redirectUris: ['https://localhost:5000'],
    pkce: 'required',
    refresh: 'same',
    accessTokenFormat: 'opaque',
  },
  user: { sub: 'e46ff8d5-6e8f-4b3c-9f0e-0f5c7c1e4a2d', ...demoUser },
  locate: (origin, { organization }, isFapi2) => locateBelow(origin, `/t/${organization}`, isFapi2),
  idToken,
}

/** The tokens name the organization as well (wire 1.5). */
function idToken(occasion: TokenOccasion): ReturnType<Profile['idToken']> {
  const { claims, ...rest } = wso2Engine.idToken(occasion)
  const organization = /\/t\/([^/]+)/.exec(occasion.issuer)?.[1] ?? ''
  const names = { org_id: organization, org_name: organization, org_handle: organization }
  return { ...rest, claims: { ...claims, ...names } }
}
