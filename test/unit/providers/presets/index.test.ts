import { expect, it } from 'vitest'
import * as presets from '../../../../src/providers/presets/index.ts'

it('exports presets and nothing else that is there when it runs', () => {
  expect(Object.keys(presets)).toEqual([
    'asgardeo',
    'auth0',
    'cidaas',
    'cognito',
    'entraId',
    'github',
    'gitlab',
    'google',
    'keycloak',
    'okta',
    'pingOne',
    'wso2IdentityServer',
  ])
})
