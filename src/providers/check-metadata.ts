// Compares the options with the provider's metadata before a login: contradictions are errors, doubts are logged once.
import type * as openid from 'openid-client'
import { RelyingPartyError } from '../errors.ts'
import { isOpenId, type ProviderSettings } from '../options-settings.ts'
import { type AuthenticationMethod, authenticationMethod } from './client-authentication.ts'
import { listOf } from './metadata.ts'
import { canVerify } from './signature-algorithms.ts'

type Metadata = Readonly<openid.ServerMetadata>

/**
 * Creates the check of one provider. It throws `ERR_RP_METADATA` where the options contradict the metadata. Once it has let
 * a login pass, a contradiction in refreshed metadata is only logged: it must not stop an app that works.
 */
export function createMetadataCheck(settings: ProviderSettings): (metadata: Metadata) => void {
  const { issuer, log } = settings
  const warn = (message: string) => log.warnOnce('WARN_RP_METADATA', message, { provider: issuer })
  let passed: Metadata | undefined

  return function requireFit(metadata) {
    if (metadata === passed) return
    const contradictions = textsOf(contradictionRules, settings, metadata)
    if (contradictions.length > 0) {
      const message = `The options contradict the metadata of the provider ${issuer}. ${contradictions.join(' ')}`
      if (passed === undefined) throw metadataError(settings, message)
      warn(`${message} The metadata has changed while this app was running, so logins continue.`)
    }
    for (const doubt of textsOf(doubtRules, settings, metadata)) warn(doubt)
    passed = metadata
  }
}

function metadataError({ issuer, metadata }: ProviderSettings, contradictions: string): RelyingPartyError {
  const given = metadata === undefined ? '' : ' Or correct `provider.metadata`.'
  const message = `${contradictions}${given} No login was started.`
  return new RelyingPartyError('ERR_RP_METADATA', { message, provider: issuer })
}

/** What is wrong and the fix, in sentences; undefined when nothing is. */
type Rule = (settings: ProviderSettings, metadata: Metadata) => string | undefined

function textsOf(rules: readonly Rule[], settings: ProviderSettings, metadata: Metadata): string[] {
  return rules.map((rule) => rule(settings, metadata)).filter((text) => text !== undefined)
}

const responseModes = 'response_modes_supported'
const authenticationMethods = 'token_endpoint_auth_methods_supported'
const idTokenAlgs = 'id_token_signing_alg_values_supported'

/** With any of these the user would end on the provider's error page, or the login could not be finished. */
const contradictionRules: readonly Rule[] = [
  function pkce(_settings, metadata) {
    const fault = lacks(metadata, 'code_challenge_methods_supported', 'S256')
    return fault && `${fault}, which every login here uses. Let the provider offer S256.`
  },

  function responseMode({ responseMode: mode }, metadata) {
    const fault = lacks(metadata, responseModes, mode)
    const [other] = ['query', 'form_post'].filter((each) => listOf(metadata, responseModes)?.includes(each))
    const fix = other === undefined ? `Allow ${mode} at the provider.` : `Set \`responseMode: '${other}'\`.`
    return fault && `${fault}. ${fix}`
  },

  function responseType(_settings, metadata) {
    const fault = lacks(metadata, 'response_types_supported', 'code')
    return fault && `${fault}. Let the provider offer the authorization code flow: no other is used here.`
  },

  function pushedRequests(_settings, { require_pushed_authorization_requests: isRequired }) {
    const fault = 'It has require_pushed_authorization_requests, and this version cannot send such requests.'
    return isRequired === true ? `${fault} Turn that off at the provider.` : undefined
  },

  function clientAuthentication(settings, metadata) {
    const method = authenticationMethod(settings, metadata)
    const fault = isOftenUnlisted(method, metadata) ? undefined : lacks(metadata, authenticationMethods, method)
    return fault && `${fault}. ${otherMethod(settings, metadata)}`
  },

  function idTokenAlg(settings, metadata) {
    const fault = isOpenId(settings) ? lacks(metadata, idTokenAlgs, settings.idTokenSignedResponseAlg) : undefined
    return fault && `${fault}. ${otherAlg(settings, metadata)}`
  },
]

/**
 * Asgardeo, cidaas, PingOne and WSO2 accept clients without a secret, and do not list `none`. Some PingOne environments and
 * WSO2 versions accept assertions, and list no method with one.
 */
function isOftenUnlisted(method: AuthenticationMethod, metadata: Metadata): boolean {
  const listsAssertions = (listOf(metadata, authenticationMethods) ?? []).some((each) => String(each).endsWith('_jwt'))
  return method === 'none' || (method.endsWith('_jwt') && !listsAssertions)
}

/** What the client can do instead. */
function otherMethod({ clientSecret }: ProviderSettings, metadata: Metadata): string {
  const methods = listOf(metadata, authenticationMethods) ?? []
  const forSecrets = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt']
  const other = forSecrets.find((each) => methods.includes(each))
  if (other !== undefined) {
    return `Set ${clientSecret === undefined ? '`clientSecret` and ' : ''}\`clientAuthentication: '${other}'\`.`
  }
  if (methods.includes('private_key_jwt')) {
    return 'Set `clientAuthentication: { privateKeyJwt }` instead of `clientSecret`.'
  }
  return methods.includes('none')
    ? 'Leave `clientSecret` out, if the provider has none for this client.'
    : 'This version supports none of them: choose another method for this client at the provider.'
}

function otherAlg(settings: ProviderSettings, metadata: Metadata): string {
  const listed = (listOf(metadata, idTokenAlgs) ?? []).filter((alg) => typeof alg === 'string')
  const algs = listed.filter((alg) => canVerify(alg, settings)).map((alg) => `'${alg}'`)
  if (algs.length === 0) {
    return `Let the provider sign the ID tokens of this client with ${settings.idTokenSignedResponseAlg}.`
  }
  return algs.length === 1
    ? `Set \`idTokenSignedResponseAlg: ${algs.join()}\`.`
    : `Set \`idTokenSignedResponseAlg\` to ${algs.join(' or ')}, whichever the client is registered for.`
}

/** With these a login may work all the same. */
const doubtRules: readonly Rule[] = [
  function scopes({ issuer, scope }, metadata) {
    const listed = listOf(metadata, 'scopes_supported')
    const unlisted = scope.split(' ').filter((name) => name !== '' && listed?.includes(name) === false)
    if (unlisted.length === 0) return undefined
    return (
      `\`scope\` has ${unlisted.join(', ')}, which scopes_supported of ${issuer} does not list. A provider need not list all ` +
      'of its scopes. If logins fail with invalid_scope, allow the scope for this client at the provider or remove it.'
    )
  },

  function publicClient({ issuer, clientSecret, clientAuthentication: method }, metadata) {
    const fault = lacks(metadata, authenticationMethods, 'none')
    if (fault === undefined || clientSecret !== undefined || method !== undefined) return undefined
    return (
      `There is no \`clientSecret\` for the provider ${issuer}. ${fault}. If the provider has a secret for this client, set ` +
      "`clientSecret`; if it has none, set `clientAuthentication: 'none'`."
    )
  },

  function assertion(settings, metadata) {
    const method = authenticationMethod(settings, metadata)
    const fault = lacks(metadata, authenticationMethods, method)
    if (fault === undefined || method === 'none' || !isOftenUnlisted(method, metadata)) return undefined
    return (
      `\`clientAuthentication\` may not fit the provider ${settings.issuer}. ${fault}. Some providers do not list all of ` +
      'their methods. If logins fail with invalid_client, use one that is listed.'
    )
  },

  function grant({ issuer }, metadata) {
    const fault = lacks(metadata, 'grant_types_supported', 'authorization_code')
    if (fault === undefined) return undefined
    return (
      `The provider ${issuer} may not allow logins. ${fault}. If logins fail with unauthorized_client, allow the ` +
      'authorization code grant for this client at the provider.'
    )
  },
]

/** The start of a sentence on a list that does not have the value; undefined when it has it, or says nothing. */
function lacks(metadata: Metadata, name: string, value: string): string | undefined {
  const values = listOf(metadata, name)
  if (values === undefined || values.includes(value)) return undefined
  return `Its ${name} lists ${describeValues(values)}, and not ${value}`
}

const mostNames = 10

/** Foreign text: only what looks like a name is shown. */
function describeValues(values: readonly unknown[]): string {
  const isName = (value: unknown) => typeof value === 'string' && /^[\w.:+ -]{1,40}$/.test(value)
  const names = values.filter(isName).slice(0, mostNames)
  const more = values.length - names.length
  if (names.length === 0) return 'names of an unknown form'
  return names.join(', ') + (more === 0 ? '' : ` and ${more} more`)
}
