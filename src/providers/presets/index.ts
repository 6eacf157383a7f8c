// The public exports of `express-relying-party/providers`: presets, and the types that they take and return.
export type { HttpRequest } from '../../http/messages.ts'
export type {
  AssertionAlg,
  AuthorizationParameters,
  ClientAuthentication,
  ClientOptions,
  EndSessionFallback,
  IdTokenSignedResponseAlg,
  PrivateJwk,
  PrivateKey,
  PrivateKeyJwt,
  ProviderOptions,
  ResponseMode,
  UserClaims,
} from '../../options-client.ts'
export { type AsgardeoOptions, asgardeo } from './asgardeo.ts'
export { type Auth0Options, auth0 } from './auth0.ts'
export { type CidaasOptions, cidaas } from './cidaas.ts'
export { type CognitoOptions, cognito } from './cognito.ts'
export { type EntraIdOptions, entraId } from './entra-id.ts'
export { type GithubOptions, github } from './github.ts'
export { type GitlabOptions, gitlab } from './gitlab.ts'
export { type GoogleOptions, google } from './google.ts'
export { type KeycloakOptions, keycloak } from './keycloak.ts'
export { type OktaOptions, okta } from './okta.ts'
export { type PingOneOptions, type PingOneRegion, pingOne } from './ping-one.ts'
export { type Wso2IdentityServerOptions, wso2IdentityServer } from './wso2-identity-server.ts'
