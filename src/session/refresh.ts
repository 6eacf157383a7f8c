// One refresh of one login: asks the provider, keeps what came, and decides what a failure does to the login.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
import type { Settings } from '../options.ts'
import { isInvalidGrant, requestRefresh, type TokenParameters } from '../protocol/refresh-request.ts'
import { retryAfterSeconds } from '../providers/failure.ts'
import type { Registry } from '../providers/registry.ts'
import { renewedMembers } from './kept-tokens.ts'
import { type Login, type LoginRecords, requireAlive } from './login-records.ts'
import type { RecordStore } from './record-store.ts'

/** Refreshes a login whose lease is held; answers with the login as it is then. */
export type Refresh = (request: HttpRequest, login: Login, wanted: TokenParameters) => Promise<Login>

/** What works together on a refresh. */
export interface RefreshParts {
  readonly settings: Settings
  readonly registry: Registry
  readonly records: LoginRecords
  readonly recordStore: RecordStore
}

/** A refresh that failed is not tried again before, however many ask and in however many processes. */
const pauseSeconds = 2
/** Whatever a provider says in Retry-After. */
const longestPauseSeconds = 3600

/** Makes what refreshes. */
export function createRefresh({ settings, registry, records, recordStore }: RefreshParts): Refresh {
  const { clock, refresh: policy } = settings

  async function afterFailure(request: HttpRequest, login: Login, error: unknown): Promise<Login> {
    if (isInvalidGrant(error)) return await afterInvalidGrant(request, login, error)
    // Its refresh token is spent and what came for it is not to be trusted.
    if (isRefused(error)) return await end(request, login, error)
    await pauseAfter(request, login, error)
    throw error
  }

  async function afterInvalidGrant(request: HttpRequest, login: Login, error: RelyingPartyError): Promise<Login> {
    const current = await requireAlive(records.find(request, login.id))
    if (current.record.version > login.record.version) return current // spent by a process that was faster
    if ((await policy.onFailure(error, request)) === 'end') return await end(request, login, error)
    await records.renew(request, login, { refreshToken: undefined }) // worth nothing, and need not be sent again
    throw error
  }

  async function end(request: HttpRequest, { id }: Login, cause: unknown): Promise<never> {
    await records.delete(request, id)
    const message = 'The login has ended: the provider did not renew it. See the cause, and sign in again.'
    throw new RelyingPartyError('ERR_RP_LOGIN_REQUIRED', { message, cause })
  }

  /** With Retry-After nobody asks that provider; else only this login waits. */
  async function pauseAfter(request: HttpRequest, { id, record }: Login, error: unknown): Promise<void> {
    const asked = retryAfterSeconds(error, clock())
    const expiresAt = clock() + Math.min(asked ?? pauseSeconds, longestPauseSeconds)
    await recordStore(request).set(pauseKey(asked === undefined ? id : record.registration), String(expiresAt), {
      expiresAt,
    })
  }

  async function requireNoPause(request: HttpRequest, { id, record }: Login): Promise<void> {
    const instants = await recordStore(request).getMany([pauseKey(id), pauseKey(record.registration)])
    const until = Math.max(...instants.map((instant) => Number(instant ?? 0)))
    if (clock() < until) throw paused(until - clock())
  }

  return async function refresh(request, login, wanted) {
    const { record } = login
    const { refreshToken } = record
    const provider = registry.of(record)
    if (provider === undefined || refreshToken === undefined) {
      throw new RelyingPartyError('ERR_RP_NO_REFRESH_TOKEN', { message: noRefreshToken })
    }
    await requireNoPause(request, login)
    const result = await requestRefresh(provider, { ...record, refreshToken }, wanted).then(
      (tokens) => records.renew(request, login, renewedMembers(record, wanted, tokens)),
      (error: unknown) => afterFailure(request, login, error),
    )
    return await requireAlive(Promise.resolve(result))
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof RelyingPartyError && error.code === 'ERR_RP_ID_TOKEN'
}

function pauseKey(name: string): string {
  return `relying-party:refresh-pause:${name}`
}

function paused(seconds: number): RelyingPartyError {
  const message =
    `The refresh of the access token failed a moment ago and is not tried again for ${Math.ceil(seconds)} s. ` +
    'The error before this one says why.'
  return new RelyingPartyError('ERR_RP_REFRESH', { message })
}

/** What is wrong, and what to do, where there is nothing to refresh with. */
export const noRefreshToken: string =
  'This login has no refresh token, so its access token cannot be renewed. Ask for one: most providers want the scope ' +
  'offline_access, some a switch at the client (the refresh grant), Google access_type=offline.'
