// The entry of the provider simulators: exports only.

export type { Profile } from './profile.ts'
export { asgardeo } from './profiles/asgardeo.ts'
export { cidaas } from './profiles/cidaas.ts'
export { okta, oktaCustom } from './profiles/okta.ts'
export { pingOne } from './profiles/pingone.ts'
export { wso2IdentityServer } from './profiles/wso2-identity-server.ts'
export { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts'
