// Calls an API in the person's name: the token goes to listed origins alone, and a 401 is answered by one refresh.
import { RelyingPartyError } from '../errors.ts'
import { readStepUpChallenge } from '../http/step-up-challenge.ts'
import type { GoodToken } from '../session/access-token.ts'
import type { AccessTokenRequest } from './request-oidc.ts'
import { stepUpRequired } from './step-up-required.ts'

/** Where tokens may go, and where they come from: one request's, never shared (threat V13). */
export interface ApiFetch {
  readonly origins: readonly string[]
  getAccessToken(wanted: AccessTokenRequest): Promise<GoodToken>
}

/** An API that refuses a token just refreshed refuses every one: it must not cost the provider a refresh each time. */
const justRefreshedSeconds = 10

/** Sends the request; a second time when the API refused the token and there is a newer one. */
export async function fetchApi(
  { origins, getAccessToken }: ApiFetch,
  url: string | URL,
  init: RequestInit = {},
): Promise<Response> {
  requireListed(new URL(url), origins)
  const { accessToken, secondsSinceRefresh } = await getAccessToken({})
  const response = await send(url, init, accessToken)
  if (response.status !== 401 || !isRepeatable(init.body) || secondsSinceRefresh < justRefreshedSeconds) return response
  const newer = await newerThan(accessToken, getAccessToken).catch(unlessEnded)
  if (newer === undefined) return response
  await response.body?.cancel()
  return await send(url, init, newer)
}

/** The one that another call has got meanwhile, or a refreshed one. */
async function newerThan(refused: string, getAccessToken: ApiFetch['getAccessToken']): Promise<string> {
  const current = await getAccessToken({})
  if (current.accessToken !== refused) return current.accessToken
  return (await getAccessToken({ forceRefresh: true })).accessToken
}

async function send(url: string | URL, init: RequestInit, accessToken: string): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${accessToken}`)
  const streaming = isRepeatable(init.body) ? {} : { duplex: 'half' as const }
  const response = await fetch(url, { ...init, ...streaming, headers })
  await requireAuthenticated(response)
  return response
}

/** A refreshed token would be of the same authentication (RFC 9470 section 4). Elsewhere, after a redirect, nobody asks us. */
async function requireAuthenticated({ status, redirected, headers, body }: Response): Promise<void> {
  const isApi = status === 401 && !redirected
  const demand = isApi ? readStepUpChallenge(headers.get('www-authenticate')) : undefined
  if (demand === undefined) return
  await body?.cancel()
  throw stepUpRequired(demand)
}

/** Nothing to send, or something that can be read again. */
function isRepeatable(body: RequestInit['body']): boolean {
  const isText = typeof body === 'string' || body instanceof URLSearchParams
  const isBytes = ArrayBuffer.isView(body) || body instanceof ArrayBuffer
  return body === undefined || body === null || isText || isBytes || body instanceof Blob || body instanceof FormData
}

/** A provider that cannot renew the token now leaves the API's own answer; a login that has ended is an error. */
function unlessEnded(error: unknown): undefined {
  if (error instanceof RelyingPartyError && error.code !== 'ERR_RP_LOGIN_REQUIRED') return
  throw error
}

function requireListed({ origin }: URL, origins: readonly string[]): void {
  if (origins.includes(origin)) return
  const message =
    `req.oidc.fetch() was called for ${origin}, which is not one of apiOrigins: the person's access token goes nowhere ` +
    'else. Add it there if it is an API that the token is for; call others by fetch().'
  throw new RelyingPartyError('ERR_RP_API_ORIGIN', { message })
}
