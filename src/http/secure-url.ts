// Which URLs may be used without TLS: those that never leave the machine.

/** Whether the host is this machine. Names below `localhost` are not: some resolvers ask DNS for them. */
export function isLoopback(url: URL): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)
}

/** Whether what goes to the URL is either encrypted or stays on this machine. */
export function isSecureUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}

/**
 * Which URLs of a provider may be used: https ones; http ones on loopback when the issuer is there too (so that no
 * public provider can point us at a server of this machine); any http ones with the switch that says so.
 */
export function mayUse(url: URL, provider: { issuer: string; allowInsecureRequests: boolean }): boolean {
  if (url.username !== '' || url.password !== '') return false // node:http would send them as credentials of ours
  if (url.protocol === 'http:' && provider.allowInsecureRequests) return true
  return url.protocol === 'https:' || (isSecureUrl(url) && isLoopback(new URL(provider.issuer)))
}
