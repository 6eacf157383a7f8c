// @ts-check
// oidc-provider warns, with reason, of two things that do no harm in a demonstration; those two are left unsaid.

const expectedWarnings = [
  // It supports Node.js 22 and later officially; what we use of it works on 20 as well.
  'oidc-provider WARNING: Unsupported runtime.',
  // All it knows is forgotten when the process ends: just right for a demonstration.
  'oidc-provider WARNING: a quick start development-only in-memory adapter is used',
]

/**
 * @param {string} issuer
 * @param {import('oidc-provider').Configuration} configuration
 */
export async function createProvider(issuer, configuration) {
  const { warn } = console
  console.warn = (...data) => {
    if (!expectedWarnings.some((expected) => String(data[0]).includes(expected))) warn(...data)
  }
  try {
    const { Provider } = await import('oidc-provider')
    return new Provider(issuer, configuration)
  } finally {
    console.warn = warn
  }
}
