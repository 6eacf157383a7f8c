// The public entry `express-relying-party/testing`: exports only.

export type { CookieRecord } from './cookie-jar.ts'
export { type FaultName, faults } from './faults.ts'
export type { Claims, TestClient, TestUser } from './parties.ts'
export {
  type RotateKeysOptions,
  startTestProvider,
  type TestProvider,
  type TestProviderOptions,
} from './provider.ts'
export type {
  AuthorizationFault,
  AuthorizationParameterName,
  ClaimsFault,
  EndpointFault,
  IdTokenFault,
  TestProviderFaults,
} from './provider-faults.ts'
export type { TestPageForm } from './self-posting-form.ts'
export type { SigningAlgorithm } from './signing-keys.ts'
export { storeContract } from './store-contract.ts'
export type { ContractLife, ContractStore, StoreContractCase } from './store-under-test.ts'
export {
  TestBrowser,
  type TestBrowserFollowOptions,
  type TestBrowserRequestOptions,
  type TestForm,
  type TestPage,
} from './test-browser.ts'
export type { EndpointName, TestRequest } from './test-request.ts'
