// A provider whose pages are on another site than the app: browsers leave SameSite cookies out of its cross-site posts.
import type { ProviderOptions } from '../src/index.ts'
import type { TestProvider } from '../src/testing/index.ts'

/** The provider with its authorization endpoint under another host name, which must lead to 127.0.0.1 in the browser. */
export function onSite({ issuer }: TestProvider, host: string): ProviderOptions {
  return {
    issuer,
    allowInsecureRequests: true, // of any name
    metadata: {
      authorization_endpoint: `http://${host}:${new URL(issuer).port}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      authorization_response_iss_parameter_supported: true,
    },
  }
}
