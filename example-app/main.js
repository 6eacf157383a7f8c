// @ts-check
// The entry: reads the settings, starts the demo provider when no other one is configured, starts the app.
import { createApp } from './app.js'
import { checkOptions, completeOptions } from './options.js'
import { startDemoProvider } from './provider/start.js'
import { close, listen } from './server.js'
import { readSettings } from './settings.js'
import { describeStart } from './start-up.js'
import { openStores } from './stores/open.js'
import { SettingsError } from './variables.js'

/** EX_CONFIG of sysexits.h: the program was configured wrongly. */
const configurationExitCode = 78

async function start() {
  const settings = readSettings(process.env)
  checkOptions(settings)
  const stores = await openStores(settings)
  const demo = settings.usesDemoProvider ? await startDemoProvider(settings) : undefined
  const options = { ...(demo?.options ?? completeOptions(settings)), store: stores.logins }
  const app = createApp({ ...settings, options, sessions: stores.sessions, demoProviderUrl: demo?.issuer })
  const server = await listen(app, settings.port, settings.host)

  console.log(describeStart({ settings, options, isDemo: demo !== undefined }))
  stopOnSignal(demo ? [server, demo.server] : [server], [app.locals['signIn'], stores])
}

/**
 * @param {import('node:http').Server[]} servers
 * @param {{ close(): Promise<void> }[]} others what the servers' requests use, in the order in which it is closed
 */
function stopOnSignal(servers, others) {
  const stop = async () => {
    await Promise.all(servers.map(close))
    for (const each of others) await each.close()
    process.exit(0)
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

try {
  await start()
} catch (error) {
  if (!(error instanceof SettingsError)) throw error
  console.error(error.message)
  process.exit(configurationExitCode)
}
