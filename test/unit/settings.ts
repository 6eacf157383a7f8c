// Settings as the options parser makes them, with what a test changes.
import type { Options } from '../../src/options.ts'
import { parseOptions } from '../../src/options-parser.ts'
import type { ProviderSettings, Settings } from '../../src/options-settings.ts'

/** Settings of a client that is registered as the test provider's public one. */
function settingsOf(changes: Partial<Options> = {}): Settings {
  return parseOptions({
    provider: { issuer: 'https://id.example' },
    clientId: 'test-client',
    baseUrl: 'https://app.example',
    secret: 'the secret of these tests',
    log: false,
    ...changes,
  })
}

/** The same, of the one provider. */
export function providerSettingsOf(changes: Partial<Options> = {}): ProviderSettings {
  const [only] = settingsOf(changes).providers
  if (only === undefined) throw new TypeError('no provider')
  return only
}
