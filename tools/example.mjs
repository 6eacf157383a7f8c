// `npm run example:okta` and its like: the example app with a vendor's preset, against that vendor's simulator.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cache, root } from './paths.mjs'
import { setUp } from './set-up.mjs'

/** The presets, with options as an administrator would copy them; the simulator takes the place of the host. */
const vendors = {
  asgardeo: { profile: 'asgardeo', preset: 'asgardeo', options: { organization: 'bifrost' } },
  wso2: { profile: 'wso2IdentityServer', preset: 'wso2-identity-server', options: { host: 'localhost' } },
  cidaas: { profile: 'cidaas', preset: 'cidaas', options: { domain: 'demo.cidaas.de' } },
  pingone: {
    profile: 'pingOne',
    preset: 'ping-one',
    options: { environmentId: '9ad15e9e-3ac6-43f7-a053-d46b87d6c4a7' },
  },
  okta: {
    profile: 'oktaCustom',
    preset: 'okta',
    options: { domain: 'dev-1.okta.com', authorizationServerId: 'default' },
  },
}

const name = process.argv[2] ?? ''
const vendor = Object.entries(vendors).find(([known]) => known === name)?.[1]
if (vendor === undefined) {
  console.error(`usage: node tools/example.mjs ${Object.keys(vendors).join(' | ')}`)
  process.exit(64) // EX_USAGE of sysexits.h
}
setUp()
await startSimulator(vendor)
await import('../example-app/main.js')

/**
 * The simulators are TypeScript, which Node 20 does not run: they are compiled aside first.
 *
 * @param {typeof vendors[keyof typeof vendors]} vendor
 */
async function startSimulator({ profile, preset, options }) {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.simulators.json')], {
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) process.exit(1)
  const simulators = await import(pathToFileURL(join(cache, 'simulators/test/simulators/index.js')).href)
  const simulator = await simulators.startSimulator(simulators[profile], { interactive: true })
  const [{ clientId, clientSecret = '' }] = simulator.clients
  const baseUrl = process.env.BASE_URL || `http://localhost:${process.env.PORT || 3000}`
  const urls = [`${baseUrl}/callback`, `${baseUrl}/`]
  simulator.configureClient(clientId, { redirectUris: urls, postLogoutRedirectUris: urls })
  process.env.OIDC_PRESET = preset
  process.env.OIDC_PRESET_OPTIONS = JSON.stringify(options)
  process.env.OIDC_CLIENT_ID = clientId
  process.env.OIDC_CLIENT_SECRET = clientSecret
  process.env.RP_OPTIONS = JSON.stringify({ provider: { issuer: simulator.issuer } })
  console.log(`Simulated ${name} at ${simulator.url}  (sign in as demo / demo)`)
}
