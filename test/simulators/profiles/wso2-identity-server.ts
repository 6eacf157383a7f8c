// WSO2 Identity Server: the root tenant, or another one below /t/ (wire 1, facts 2).

import { ordinaryClient } from '../clients.ts'
import type { Profile } from '../profile.ts'
import { demoUser } from './common.ts'
import { locateBelow, wso2Engine } from './wso2-engine.ts'

/** With the application of the guide: confidential, PKCE mandatory, plain refused. */
export const wso2IdentityServer: Profile = {
  ...wso2Engine,
  name: 'WSO2 Identity Server',
  sampleClient: {
    ...ordinaryClient,
    clientId: 'YYVdAL3lLcmrubZ2IkflCAuLwk0a',
    clientSecret: 'azd39swy3Krt59fLjewYuD_EylIa',
    method: 'client_secret_basic',
    redirectUris: ['https://localhost/callback', 'http://wso2is.local:8080/playground2/oauth2client'],
    pkce: 's256-required',
    refresh: 'rotate',
    accessTokenFormat: 'opaque',
  },
  user: { sub: '4b4414e1-916b-4475-aaee-6b0751c29ff6', ...demoUser },
  administrator: { name: 'admin', password: 'admin' },
  locate: (origin, { tenant }, isFapi2) => locateBelow(origin, tenant === undefined ? '' : `/t/${tenant}`, isFapi2),
}
