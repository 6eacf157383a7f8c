// Token introspection (RFC 7662): the provider says what an opaque access token is worth; good answers are kept shortly.
import { hash } from 'node:crypto'
import * as openid from 'openid-client'
import { RelyingPartyError } from '../errors.ts'
import type { AccessTokenSettings } from '../options-access-token.ts'
import { explainFailure } from '../providers/failed-request.ts'
import { metadataOf } from '../providers/metadata.ts'
import type { Provider } from '../providers/provider.ts'
import { type AccessToken, acceptedIssuers, accessTokenError, kindFault, toAccessToken } from './access-token.ts'

/** How long a revoked token may go on working (RFC 7662 section 4 leaves it to us). */
const longestSeconds = 60
const mostEntries = 1000

interface Entry {
  readonly answer: openid.IntrospectionResponse
  /** Not used from this instant on. */
  readonly endsAt: number
}

/** Makes the validation of opaque tokens; it throws `ERR_RP_ACCESS_TOKEN`, or `ERR_RP_DISCOVERY` when nobody could be asked. */
export function createIntrospection(
  provider: Provider,
  settings: AccessTokenSettings,
): (token: string) => Promise<AccessToken> {
  const { clock } = provider.settings
  /** In the order of last use, by the hash of the token: a dump of the memory must not show tokens that work. */
  const entries = new Map<string, Entry>()
  const underway = new Map<string, Promise<openid.IntrospectionResponse>>()

  async function ask(key: string, token: string): Promise<openid.IntrospectionResponse> {
    const answer = await requestIntrospection(provider, token)
    await requireUsable(provider, settings, answer)
    keep(key, { answer, endsAt: Math.min(expiryOf(answer), clock() + longestSeconds) })
    return answer
  }

  function keep(key: string, entry: Entry): void {
    entries.delete(key)
    entries.set(key, entry)
    const [oldest] = entries.keys()
    if (entries.size > mostEntries && oldest !== undefined) entries.delete(oldest)
  }

  function known(key: string): openid.IntrospectionResponse | undefined {
    const entry = entries.get(key)
    if (entry === undefined || !(clock() < entry.endsAt)) return undefined
    keep(key, entry)
    return entry.answer
  }

  /** Requests that come with the same token at the same moment wait for one answer. */
  function askOnce(key: string, token: string): Promise<openid.IntrospectionResponse> {
    const asked = underway.get(key) ?? ask(key, token).finally(() => underway.delete(key))
    underway.set(key, asked)
    return asked
  }

  return async function introspect(token) {
    const key = hash('sha256', token, 'base64url')
    return toAccessToken(token, known(key) ?? (await askOnce(key, token)))
  }
}

async function requestIntrospection(provider: Provider, token: string): Promise<openid.IntrospectionResponse> {
  const configuration = await provider.configuration()
  const server = metadataOf(configuration)
  try {
    if (!server.introspection_endpoint) throw new TypeError('its metadata has no introspection_endpoint')
    return await openid.tokenIntrospection(configuration, token, { token_type_hint: 'access_token' })
  } catch (cause) {
    throw await introspectionError(provider, { token, server, cause })
  }
}

/** The provider knows whether the token is good; whether it is for this API is for us to see (RFC 7662 section 4). */
async function requireUsable(
  provider: Provider,
  settings: AccessTokenSettings,
  answer: openid.IntrospectionResponse,
): Promise<void> {
  const { active, iss } = answer
  const { clock, clockToleranceSeconds } = provider.settings
  const issuers = await acceptedIssuers(provider, settings)
  const faults: readonly (readonly [broken: boolean, reason: string])[] = [
    [!active, 'it is not active'],
    [expiryOf(answer) <= clock() - clockToleranceSeconds, 'it has expired'],
    [iss !== undefined && !issuers.includes(iss), 'its iss does not fit'],
    [!isForUs(answer, settings), 'its aud does not fit'],
    // The search extends to refresh tokens (section 2.1), and those have no token_type Bearer.
    [!isBearer(answer), 'it is not a Bearer access token'],
  ]
  const reason = faults.find(([broken]) => broken)?.[1] ?? kindFault(answer)
  if (reason !== undefined) throw accessTokenError(provider, reason)
}

function isForUs({ aud }: openid.IntrospectionResponse, settings: AccessTokenSettings): boolean {
  if (aud === undefined) return settings.allowMissingAudience
  return [aud].flat().some((audience) => settings.audiences.includes(audience))
}

/** `token_type` is optional (section 2.2), but without an audience nothing else tells what the token is for. */
function isBearer({ token_type: type, aud }: openid.IntrospectionResponse): boolean {
  return type === undefined ? aud !== undefined : String(type).toLowerCase() === 'bearer'
}

/** NumericDate; NaN, which is neither past nor to come, when it cannot be read: such an answer is not kept. */
function expiryOf({ exp }: openid.IntrospectionResponse): number {
  return exp === undefined ? Number.POSITIVE_INFINITY : Number(exp)
}

async function introspectionError({ settings }: Provider, request: FailedIntrospection): Promise<RelyingPartyError> {
  const { token, server, cause } = request
  const {
    reason,
    advice = otherwise,
    details,
  } = await explainFailure(cause, {
    settings,
    secrets: [token],
    server,
    optionsAt: 'introspection.',
  })
  const message = `The introspection request to ${settings.issuer} failed: ${reason}. ${advice}`
  return new RelyingPartyError('ERR_RP_DISCOVERY', { ...details, message })
}

interface FailedIntrospection {
  readonly token: string
  readonly server: openid.ServerMetadata
  readonly cause: unknown
}

const otherwise =
  'Check `introspection.clientId` and `introspection.clientSecret`, and that the provider allows this client to introspect.'
