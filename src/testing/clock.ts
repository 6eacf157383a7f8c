// The time in the unit of the protocol.

/** Now, as a NumericDate (in seconds since 1970). */
export function nowAt(): number {
  return Math.floor(Date.now() / 1000)
}
