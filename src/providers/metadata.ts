// The metadata inside openid-client's Configuration, which makes a deep copy for each who asks: here it is made once.
import type * as openid from 'openid-client'

const known = new WeakMap<openid.Configuration, Readonly<openid.ServerMetadata>>()

/** What the provider says of itself (OpenID Connect Discovery 1.0 section 3). Shared by all, so nobody changes it. */
export function metadataOf(configuration: openid.Configuration): Readonly<openid.ServerMetadata> {
  const metadata = known.get(configuration) ?? configuration.serverMetadata()
  known.set(configuration, metadata)
  return metadata
}

/** A list in the metadata; one that is absent, empty (RFC 8414 section 3.2) or of another type says nothing. */
export function listOf(metadata: Readonly<openid.ServerMetadata>, name: string): readonly unknown[] | undefined {
  const value: unknown = metadata[name]
  return Array.isArray(value) && value.length > 0 ? value : undefined
}
