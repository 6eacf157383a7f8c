// One refresh of one login: asks the provider, keeps what came, and decides what a failure does to the login.
import { RelyingPartyError } from '../errors.ts'
import type { HttpRequest } from '../http/messages.ts'
import { isOpenId, type Settings } from '../options-settings.ts'
import {
  isInvalidGrant,
  type RefreshedTokens,
  requestRefresh,
  type TokenParameters,
} from '../protocol/refresh-request.ts'
import { revokeRefreshToken } from '../protocol/revocation.ts'
import type { Provider } from '../providers/provider.ts'
import type { Registry } from '../providers/registry.ts'
import { renewedMembers } from './kept-tokens.ts'
import type { LoginRecord } from './login-record.ts'
import { type Login, type LoginRecords, requireAlive } from './login-records.ts'
import type { RecordStore } from './record-store.ts'
import { createRefreshPauses, type RefreshFailure } from './refresh-pauses.ts'
import type { Shutdown } from './shutdown.ts'
import { createUnwrittenTokens } from './unwritten-tokens.ts'

/** What is to be refreshed. */
export interface RefreshTask {
  readonly wanted: TokenParameters
  /** Makes sure of the lease, at the last moment before the token is spent; false when it is somebody else's by now. */
  confirmLease(): Promise<boolean>
}

/** Refreshes a login whose lease is held; answers with the login as it is then, undefined when the lease was lost. */
export type Refresh = (request: HttpRequest, login: Login, task: RefreshTask) => Promise<Login | undefined>

/** What works together on a refresh. */
export interface RefreshParts {
  readonly settings: Settings
  readonly registry: Registry
  readonly records: LoginRecords
  readonly recordStore: RecordStore
  readonly shutdown: Shutdown
}

interface Accepted {
  readonly provider: Provider
  readonly wanted: TokenParameters
  readonly tokens: RefreshedTokens
}

/** Makes what refreshes. */
export function createRefresh({ settings, registry, records, recordStore, shutdown }: RefreshParts): Refresh {
  const pauses = createRefreshPauses(settings, recordStore)
  const unwritten = createUnwrittenTokens()
  const afterFailure = createAfterFailure(settings, records)
  shutdown.atEnd(() => Promise.allSettled(unwritten.all().map(([login, members]) => keep(undefined, login, members))))

  /** What came is written, or kept for the next try: the token that it was got with is spent. */
  async function keep(
    request: HttpRequest | undefined,
    login: Login,
    members: Partial<LoginRecord>,
  ): Promise<Login | undefined> {
    unwritten.put(login, members)
    const renewed = await records.renew(request, login, members)
    unwritten.forget(login)
    return renewed
  }

  async function accept(request: HttpRequest, login: Login, { provider, wanted, tokens }: Accepted): Promise<Login> {
    const renewed = await keep(request, login, renewedMembers(login.record, wanted, tokens))
    // A sign-out everywhere that came meanwhile has ended it too.
    const current = renewed && (await records.find(request, login.id))
    if (current === undefined) revoke(provider, tokens)
    return await requireAlive(Promise.resolve(current))
  }

  /** The login ended while its tokens were on their way, so they are of no use. */
  function revoke(provider: Provider, { refreshToken }: RefreshedTokens): void {
    if (refreshToken === undefined) return
    shutdown.track(revokeRefreshToken(provider, refreshToken)).catch(() => undefined)
  }

  async function recover(request: HttpRequest, login: Login, failure: RefreshFailure): Promise<Login> {
    const decided = await afterFailure(request, login, failure.error)
    if (decided !== undefined) return decided
    await pauses.begin(request, login, failure)
    throw failure.error
  }

  return async function refresh(request, login, { wanted, confirmLease }) {
    const earlier = unwritten.of(login)
    if (earlier !== undefined) return await requireAlive(keep(request, login, earlier))
    const { provider, refreshToken } = refreshable(registry, login)
    await pauses.requireNone(request, login)
    if (isOpenId(provider.settings)) await provider.keys.ready() // before the token is spent, not after
    if (!(await confirmLease())) return undefined
    shutdown.requireOpen() // what came with it could be lost with this process
    const begunAt = settings.clock()
    const asked = requestRefresh(provider, { ...login.record, refreshToken }, wanted)
    return await asked.then(
      (tokens) => accept(request, login, { provider, wanted, tokens }),
      (error: unknown) => recover(request, login, { error, tookSeconds: settings.clock() - begunAt }),
    )
  }
}

/** Decides about a login whose refresh failed: the one to go on with, undefined when nothing is decided, or throws. */
function createAfterFailure({ refresh: { onFailure } }: Settings, records: LoginRecords) {
  async function end(request: HttpRequest, login: Login, cause: unknown): Promise<Login> {
    const current = await requireAlive(records.find(request, login.id))
    if (current.record.version > login.record.version) return current // somebody else was faster
    await records.delete(request, login.id)
    const message = 'The login has ended: the provider did not renew it. See the cause, and sign in again.'
    throw new RelyingPartyError('ERR_RP_LOGIN_REQUIRED', { message, cause })
  }

  return async function afterFailure(request: HttpRequest, login: Login, error: unknown): Promise<Login | undefined> {
    // Its refresh token is spent, and what came for it is not to be trusted.
    if (isRefused(error)) return await end(request, login, error)
    if (!isInvalidGrant(error)) return undefined
    const current = await requireAlive(records.find(request, login.id))
    if (current.record.version > login.record.version) return current // it was spent by somebody faster
    // From JavaScript it may answer anything: only a clear word keeps a login that the provider has ended.
    if ((await onFailure(error, request)) !== 'keep') return await end(request, login, error)
    await records.renew(request, login, { refreshToken: undefined }) // worth nothing, and need not be sent again
    throw error
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof RelyingPartyError && error.code === 'ERR_RP_ID_TOKEN'
}

function refreshable(registry: Registry, { record }: Login): { provider: Provider; refreshToken: string } {
  const provider = registry.of(record)
  const { refreshToken } = record
  if (provider !== undefined && refreshToken !== undefined) return { provider, refreshToken }
  throw new RelyingPartyError('ERR_RP_NO_REFRESH_TOKEN', { message: noRefreshToken })
}

/** What is wrong, and what to do, where there is nothing to refresh with. */
export const noRefreshToken: string =
  'This login has no refresh token, so its access token cannot be renewed. Ask for one: most providers want the scope ' +
  'offline_access, some a switch at the client (the refresh grant), Google access_type=offline.'
