// What all tests of presets ask: the refusal of wrong options, and how a preset fits the metadata of its provider.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type * as openid from 'openid-client'
import { describe, expect, it } from 'vitest'
import { RelyingPartyError } from '../../../../src/errors.ts'
import type { ProviderOptions } from '../../../../src/options-client.ts'
import { createMetadataCheck } from '../../../../src/providers/check-metadata.ts'
import { clientAuthentication } from '../../../../src/providers/client-authentication.ts'
import { root } from '../../../package/source-files.ts'
import { providerSettingsOf } from '../../settings.ts'

/** The documents collected from public material; they are outside the repository, so not everywhere. */
const folder = join(root, '../shared/providers')

/** A metadata document of the provider, whose placeholders are to be replaced by the values the preset was given. */
export interface DocumentOfProvider {
  readonly name: string
  readonly placeholders?: Readonly<Record<string, string>>
}

type Metadata = openid.ServerMetadata & { readonly issuer: string }

/** The message of the `ERR_RP_OPTIONS` that a call throws. */
export function refusalOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    expect(error).toBeInstanceOf(RelyingPartyError)
    expect(error).toMatchObject({ code: 'ERR_RP_OPTIONS' })
    return (error as RelyingPartyError).message
  }
  throw new TypeError('nothing was refused')
}

/** Registers the tests that hold for every preset and its metadata: facts written down in the test, and the document. */
export function describeMetadata(preset: ProviderOptions, facts: Metadata, document?: DocumentOfProvider): void {
  describe('beside the metadata of the provider', () => {
    it('is accepted by relyingParty() and takes over nothing but what it says', () => {
      expect(providerSettingsOf({ provider: preset, clientSecret: 'a' })).toMatchObject(preset)
    })

    it('fits the facts about it', () => {
      expectFit(preset, facts)
    })

    if (document === undefined) return
    it.skipIf(!existsSync(pathOf(document)))(`fits the document ${document.name}`, () => {
      const metadata = readDocument(document)
      expectFit(preset, metadata)
      expect(metadata).toMatchObject(facts)
    })
  })
}

function expectFit(preset: ProviderOptions, metadata: Metadata): void {
  expect(preset.issuer).toBe(metadata.issuer)
  expect(metadata.code_challenge_methods_supported ?? ['S256']).toContain('S256')
  expect(metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']).toContain(
    methodAt(preset, metadata),
  )
  const settings = providerSettingsOf({ provider: preset, clientSecret: 'a' })
  expect(() => createMetadataCheck(settings)(metadata)).not.toThrow()
}

/** The method of a client that has a secret and chose none. */
export function methodAt(provider: ProviderOptions, metadata: Metadata): string {
  const settings = providerSettingsOf({ provider, clientSecret: 'a' })
  const [headers, body] = [new Headers(), new URLSearchParams()]
  clientAuthentication(settings)(metadata, { client_id: settings.clientId }, body, headers)
  if (headers.has('authorization')) return 'client_secret_basic'
  return body.has('client_secret') ? 'client_secret_post' : 'none'
}

function pathOf({ name }: DocumentOfProvider): string {
  return join(folder, `${name}.openid-configuration.json`)
}

function readDocument(document: DocumentOfProvider): Metadata {
  const text = Object.entries(document.placeholders ?? {}).reduce(
    (replaced, [placeholder, value]) => replaced.replaceAll(placeholder, value),
    readFileSync(pathOf(document), 'utf8'),
  )
  return JSON.parse(text) as Metadata
}
