// Why a request to a provider failed, in words for the developer. Built from codes and statuses, never from bodies.
import { ClientError, ResponseBodyError } from 'openid-client'
import { isAnswer } from './provider-response.ts'

const explanations: Readonly<Record<string, string>> = {
  OAUTH_TIMEOUT: 'it did not answer in time (httpTimeoutSeconds)',
  OAUTH_RESPONSE_IS_NOT_JSON: 'it answered with something that is not JSON',
  OAUTH_PARSE_ERROR: 'it answered with JSON that cannot be read',
  OAUTH_INVALID_RESPONSE: 'its answer lacks a member or has one of a wrong type',
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'it announces another issuer than the one asked for',
  ENOTFOUND: 'its host name cannot be resolved',
  ECONNREFUSED: 'nothing listens at its address',
  ECONNRESET: 'it closed the connection',
  UND_ERR_SOCKET: 'it closed the connection',
  UND_ERR_CONNECT_TIMEOUT: 'its address did not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time (httpTimeoutSeconds)',
  UND_ERR_BODY_TIMEOUT: 'it did not finish its answer in time (httpTimeoutSeconds)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its TLS certificate is self-signed (give it as provider.ca)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its TLS certificate is self-signed (give it as provider.ca)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its TLS certificate is of an unknown CA (give it as provider.ca)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its TLS certificate is of an unknown CA (give it as provider.ca)',
  CERT_HAS_EXPIRED: 'its TLS certificate has expired',
}

/** One clause that fits behind a colon. */
export function describeFailure(error: unknown): string {
  const chain = causes(error)
  const idTokenFault = chain.findLast(isAboutIdToken)
  if (idTokenFault !== undefined) return `its ID token has a fault: ${idTokenFault.message}`
  const status = chain.map(statusOf).find((found) => found !== undefined)
  const refusal = chain.find((cause) => cause instanceof ResponseBodyError)
  if (refusal !== undefined) return `it refused with HTTP ${refusal.status} and error ${plainCode(refusal.error)}`
  if (status !== undefined && status !== 200) return `it answered with HTTP ${status}`
  const code = chain.map(codeOf).findLast((found) => found !== undefined && found in explanations)
  if (code !== undefined) return `${explanations[code]} (${code})`
  const own = chain.find((cause) => !(cause instanceof ClientError))
  if (own instanceof SyntaxError) return 'it answered with JSON that cannot be read' // JSON.parse quotes what it read
  return own?.message ?? 'unknown reason'
}

/** Whether openid-client refused the ID token in an answer: it looks at the claims on its own, before we do. */
export function isIdTokenFailure(error: unknown): boolean {
  return causes(error).some(isAboutIdToken)
}

/** Whether the same request may succeed a moment later: the network, a time limit, 429 and 5xx. */
export function isPassing(error: unknown): boolean {
  const chain = causes(error)
  const status = chain.map(statusOf).find((found) => found !== undefined)
  if (status !== undefined) return status >= 500 || status === 429
  return chain.some((cause) => /^(E[A-Z]+|EAI_AGAIN|UND_ERR_.+|OAUTH_TIMEOUT)$/.test(codeOf(cause) ?? ''))
}

/** An error and what it was caused by, outermost first; an AggregateError stands for its first. */
function causes(error: unknown): Error[] {
  const chain: Error[] = []
  let current = error
  while (current instanceof Error && chain.length < 8) {
    chain.push(current)
    current = current instanceof AggregateError ? current.errors[0] : current.cause
  }
  return chain
}

/** By the words of oauth4webapi, which name no value (JSON.parse quotes): its codes do not tell whose fault it is. */
function isAboutIdToken(error: Error): boolean {
  return !(error instanceof SyntaxError) && /\b(JWT|ID Token)\b/.test(error.message)
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** openid-client gives the response as the cause of an answer it did not expect. */
function statusOf(error: Error): number | undefined {
  if (error instanceof ResponseBodyError) return error.status
  return isAnswer(error.cause) ? error.cause.status : undefined
}

/** The provider chooses this text, and may repeat a token in it: only what looks like a code goes into a message. */
function plainCode(error: string): string {
  return /^[A-Za-z_.-]{1,40}$/.test(error) ? `'${error}'` : 'of an unknown form'
}

/** Seconds that the provider asked us to wait (RFC 9110 section 10.2.3); undefined when it did not. */
export function retryAfterSeconds(error: unknown, now: number): number | undefined {
  const value = causes(error)
    .map(retryAfterOf)
    .find((found) => found !== undefined)
  if (value === undefined) return undefined
  const seconds = /^\d+$/.test(value) ? Number(value) : dateOf(value) / 1000 - now
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined
}

/** HTTP-date begins with the day of the week; `Date.parse` alone would take a number for a year. */
function dateOf(value: string): number {
  return /^[A-Z][a-z]{2}/.test(value) ? Date.parse(value) : Number.NaN
}

function retryAfterOf(error: Error): string | undefined {
  const response: unknown = error instanceof ResponseBodyError ? error.response : error.cause
  const isBusy = isAnswer(response) && (response.status === 429 || response.status === 503)
  return (isBusy ? response.headers.get('retry-after') : null) ?? undefined
}
