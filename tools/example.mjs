// `npm run example:okta` and its like: the example app with a vendor's preset, against that vendor's simulator.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cache, isProgram, root } from './paths.mjs'
import { setUp } from './set-up.mjs'

/** What cidaas and Okta want for a refresh token; the others want a switch at the client. */
const offlineScope = 'openid profile email offline_access'

/**
 * The presets, with options as an administrator would copy them; the simulator takes the place of the host. `client` is
 * what the administrator switches on there, beside what the vendor's guide does.
 */
const vendors = {
  asgardeo: {
    profile: 'asgardeo',
    preset: 'asgardeo',
    options: { organization: 'bifrost' },
    hasBackchannelLogout: true,
  },
  wso2: {
    profile: 'wso2IdentityServer',
    preset: 'wso2-identity-server',
    options: { host: 'localhost' },
    hasBackchannelLogout: true,
  },
  cidaas: {
    profile: 'cidaas',
    preset: 'cidaas',
    options: { domain: 'demo.cidaas.de' },
    scope: offlineScope,
    hasBackchannelLogout: true,
  },
  pingone: {
    profile: 'pingOne',
    preset: 'ping-one',
    options: { environmentId: '9ad15e9e-3ac6-43f7-a053-d46b87d6c4a7' },
    client: { refresh: 'rotate' },
  },
  okta: {
    profile: 'oktaCustom',
    preset: 'okta',
    options: { domain: 'dev-1.okta.com', authorizationServerId: 'default' },
    scope: offlineScope,
  },
}

export const vendorNames = Object.keys(vendors)

/**
 * Starts the simulator of a vendor and registers the app there.
 *
 * @param {any} simulators the module `test/simulators/index`
 * @param {string} name
 * @param {string} baseUrl of the app
 * @returns {Promise<{ simulator: any, environment: Record<string, string> }>} and the environment to run the app in
 */
export async function startVendor(simulators, name, baseUrl) {
  const { profile, preset, options, scope = '', client = {}, hasBackchannelLogout = false } = vendorNamed(name)
  const simulator = await simulators.startSimulator(simulators[profile], { interactive: true })
  const [{ clientId, clientSecret = '' }] = simulator.clients
  const urls = [`${baseUrl}/callback`, `${baseUrl}/`]
  simulator.configureClient(clientId, {
    redirectUris: urls,
    postLogoutRedirectUris: urls,
    ...(hasBackchannelLogout && { backchannelLogoutUri: `${baseUrl}/backchannel-logout` }),
    ...client,
  })
  const environment = {
    OIDC_PRESET: preset,
    OIDC_PRESET_OPTIONS: JSON.stringify(options),
    OIDC_CLIENT_ID: clientId,
    OIDC_CLIENT_SECRET: clientSecret,
    OIDC_SCOPE: scope,
    RP_OPTIONS: JSON.stringify({
      provider: { issuer: simulator.issuer },
      ...(clientSecret === '' && { clientAuthentication: 'none' }),
    }),
  }
  return { simulator, environment }
}

/**
 * @param {string} name
 * @returns {{ profile: string, preset: string, options: object, scope?: string, client?: object, hasBackchannelLogout?: boolean }}
 */
function vendorNamed(name) {
  const found = Object.entries(vendors).find(([known]) => known === name)
  if (found) return found[1]
  console.error(`usage: node tools/example.mjs ${vendorNames.join(' | ')}`)
  process.exit(64) // EX_USAGE of sysexits.h
}

/** The simulators are TypeScript, which Node 20 does not run: they are compiled aside first. */
function compileSimulators() {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.simulators.json')], {
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) process.exit(1)
  return import(pathToFileURL(join(cache, 'simulators/test/simulators/index.js')).href)
}

if (isProgram(import.meta.url)) {
  const name = process.argv[2] ?? ''
  vendorNamed(name)
  setUp()
  const baseUrl = process.env.BASE_URL || `http://localhost:${process.env.PORT || 3000}`
  const { simulator, environment } = await startVendor(await compileSimulators(), name, baseUrl)
  Object.assign(process.env, environment)
  console.log(`Simulated ${name} at ${simulator.url}  (sign in as demo / demo)`)
  await import('../example-app/main.js')
}
