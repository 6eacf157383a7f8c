// Why a request to a provider failed, in words for the operator. Built from codes and statuses, never from bodies.
import { ClientError, ResponseBodyError } from 'openid-client'
import { answerOf, causesOf, codeOf, statusOf } from './causes.ts'
import { tokenFaultOf } from './library-token-fault.ts'

/** What codes of openid-client mean in one call. */
export type Explanations = Readonly<Record<string, string>>

/** What codes mean in every call; each call adds its own. */
const shared: Explanations = {
  OAUTH_TIMEOUT: 'it did not answer in time (`httpTimeoutSeconds`)',
  OAUTH_RESPONSE_IS_NOT_JSON: 'it answered with something that is not JSON',
  OAUTH_PARSE_ERROR: 'it answered with JSON that cannot be read',
  OAUTH_INVALID_RESPONSE: 'its answer lacks a member or has one of a wrong type',
  TimeoutError: 'it did not answer in time (`httpTimeoutSeconds`)',
  ENOTFOUND: 'its host name cannot be resolved',
  EAI_AGAIN: 'its host name cannot be resolved at the moment',
  ECONNREFUSED: 'nothing listens at its address',
  ECONNRESET: 'it closed the connection',
  EHOSTUNREACH: 'there is no route to its address',
  ENETUNREACH: 'there is no route to its address',
  ETIMEDOUT: 'its address did not answer in time',
  EPROTO: 'it does not speak TLS at this port',
  UND_ERR_SOCKET: 'it closed the connection',
  UND_ERR_CONNECT_TIMEOUT: 'its address did not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time (`httpTimeoutSeconds`)',
  UND_ERR_BODY_TIMEOUT: 'it did not finish its answer in time (`httpTimeoutSeconds`)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its TLS certificate is self-signed (give it as `provider.ca`)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its TLS certificate is self-signed (give it as `provider.ca`)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its TLS certificate is of an unknown CA (give it as `provider.ca`)',
  UNABLE_TO_GET_ISSUER_CERT: 'its TLS certificate is of an unknown CA (give it as `provider.ca`)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its TLS certificate is of an unknown CA (give it as `provider.ca`)',
  CERT_HAS_EXPIRED: 'its TLS certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its TLS certificate is for another host name',
}

/** What one call knows about its failure. */
export interface FailureDetails {
  /** The provider's `error`, without the secrets of the request. */
  readonly error?: string | undefined
  readonly explanations?: Explanations
}

/** One clause that fits behind a colon. */
export function describeFailure(failure: unknown, { error, explanations = {} }: FailureDetails = {}): string {
  const chain = causesOf(failure)
  const status = statusOf(failure)
  const refusal = error ?? chain.find((cause) => cause instanceof ResponseBodyError)?.error
  if (refusal !== undefined)
    return `it refused with ${status === undefined ? '' : `HTTP ${status} and `}error ${plainCode(refusal)}`
  if (status !== undefined && status !== 200) return describeStatus(status)
  const fault = tokenFaultOf(failure)
  if (fault !== undefined) return `the signed token in its answer was refused: ${fault.message}`
  const known: Explanations = { ...shared, ...explanations }
  const code = chain.map(codeOf).findLast((found) => found !== undefined && Object.hasOwn(known, found))
  if (code !== undefined) return `${known[code]} (${code})`
  const own = chain.find((cause) => !(cause instanceof ClientError))
  if (own instanceof SyntaxError) return 'it answered with JSON that cannot be read' // JSON.parse quotes what it read
  return own?.message ?? 'unknown reason'
}

function describeStatus(status: number): string {
  return isRedirect(status)
    ? `it answered with a redirect (HTTP ${status}), which is not followed`
    : `it answered with HTTP ${status}`
}

/** Whether the answer leads elsewhere (RFC 9110 section 15.4). */
export function isRedirect(status: number | undefined): boolean {
  return status !== undefined && status >= 300 && status < 400
}

/** Whether the same request may succeed a moment later: the network, a time limit, 429 and 5xx. */
export function isTransient(failure: unknown): boolean {
  const status = statusOf(failure)
  if (status !== undefined) return isOutage(status)
  return causesOf(failure).some((cause) =>
    /^(E[A-Z]+|EAI_AGAIN|UND_ERR_.+|OAUTH_TIMEOUT|TimeoutError)$/.test(codeOf(cause) ?? ''),
  )
}

/** Whether the provider cannot be reached: it gave no answer at all, also because of TLS, or one of 429 or 5xx. */
export function isUnavailable(failure: unknown): boolean {
  const status = statusOf(failure)
  if (status !== undefined) return isOutage(status)
  return causesOf(failure).some((cause) => isNetworkCode(codeOf(cause)))
}

/** Codes of the network and of TLS have many forms, so the others are named. */
function isNetworkCode(code: string | undefined): boolean {
  if (code?.startsWith('OAUTH_')) return code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT'
  return code !== undefined && !code.startsWith('ERR_INVALID_')
}

function isOutage(status: number): boolean {
  return status >= 500 || status === 429
}

/** What to do about a provider that is unavailable. */
export function outageAdvice(failure: unknown): string {
  return statusOf(failure) === undefined
    ? 'Check that the provider is running and that this host can reach it.'
    : 'The provider has a problem of its own at the moment, or limits the rate of requests.'
}

/** The provider chooses this text, and may repeat a token in it: only what looks like a code goes into a message. */
function plainCode(error: string): string {
  return /^[A-Za-z_.-]{1,40}$/.test(error) ? `'${error}'` : 'of an unknown form'
}

/** Seconds that the provider asked us to wait (RFC 9110 section 10.2.3); undefined when it did not. */
export function retryAfterSeconds(failure: unknown, now: number): number | undefined {
  const answer = answerOf(failure)
  if (answer === undefined || !(answer.status === 429 || answer.status === 503)) return undefined
  const value = answer.headers.get('retry-after') ?? ''
  const seconds = /^\d+$/.test(value) ? Number(value) : dateOf(value) / 1000 - now
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined
}

/** HTTP-date begins with the day of the week; `Date.parse` alone would take a number for a year. */
function dateOf(value: string): number {
  return /^[A-Z][a-z]{2}/.test(value) ? Date.parse(value) : Number.NaN
}

const longestRetryAfterSeconds = 86_400

/** The header that passes the same on to our own client. */
export function retryAfterHeader(failure: unknown, now: number): Readonly<Record<string, string>> {
  const seconds = retryAfterSeconds(failure, now)
  if (seconds === undefined) return {}
  return { 'Retry-After': String(Math.ceil(Math.min(seconds, longestRetryAfterSeconds))) }
}
