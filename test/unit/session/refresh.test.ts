import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Options } from '../../../src/options.ts'
import type { Login } from '../../../src/session/login-records.ts'
import {
  idTokenOf,
  issuer,
  type Process,
  read,
  refreshed,
  refusal,
  registration,
  request,
  type ScriptedProvider,
  scriptedProvider,
  signIn,
  startProcess,
  stopClock,
  type WatchedStore,
  watchedStore,
} from './processes.ts'

const loginRequired = expect.objectContaining({ code: 'ERR_RP_LOGIN_REQUIRED', status: 401 })
const notRefreshable = expect.objectContaining({ code: 'ERR_RP_NO_REFRESH_TOKEN', status: 403 })

let store: WatchedStore
let provider: ScriptedProvider
let app: Process

function appWith(changes: Partial<Options>): Process {
  return startProcess(store, provider, changes)
}

beforeEach(() => {
  stopClock()
  store = watchedStore()
  provider = scriptedProvider()
  app = appWith({})
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

async function isAlive({ id }: Login): Promise<boolean> {
  return (await app.records.find(request, id)) !== undefined
}

/** Begins a login with an ID token, and has this one come with its refresh. */
async function refreshWith(idToken: string): Promise<{ login: Login; outcome: Promise<Login> }> {
  const claims = { iss: issuer, sub: 'alice', role: 'admin', email: 'of-userinfo' }
  const login = await signIn(app, { idToken: await idTokenOf({ role: 'admin' }), claims, nonce: 'n' })
  provider.answer = () => ({ id_token: idToken })
  const outcome = refreshed(app, login)
  outcome.catch(() => undefined)
  return { login, outcome }
}

describe('createRefresh', () => {
  it('keeps what came, under the next version', async () => {
    const login = await signIn(app)
    const renewed = await refreshed(app, login)
    expect(renewed.record).toMatchObject({ accessToken: 'access-1', refreshToken: 'refresh-1', version: 2 })
    expect(await read(app.records, login.id)).toEqual(renewed)
  })

  it('keeps the old refresh token when no new one came (RFC 6749 section 6)', async () => {
    provider.answer = () => ({ refresh_token: undefined })
    expect((await refreshed(app, await signIn(app))).record.refreshToken).toBe('refresh-0')
  })

  it('does not know the end of a token without expires_in', async () => {
    provider.answer = () => ({ expires_in: undefined })
    expect((await refreshed(app, await signIn(app))).record.expiresAt).toBeUndefined()
  })

  it('takes the claims of a new ID token: a role that was withdrawn is gone, what UserInfo said stays', async () => {
    const { outcome } = await refreshWith(await idTokenOf())
    const { claims } = (await outcome).record
    expect(claims).toMatchObject({ sub: 'alice', email: 'of-userinfo' })
    expect(claims).not.toHaveProperty('role')
  })

  it('keeps tokens for other resources and scopes apart, 8 at most', async () => {
    let login = await signIn(app)
    for (const scope of ['1', '2', '3', '4', '5', '6', '7', '8', '9']) login = await refreshed(app, login, { scope })
    expect(login.record.accessToken).toBe('access-0')
    const tokens = Object.values(login.record.otherTokens ?? {}).map(({ accessToken }) => accessToken)
    expect(tokens).toEqual(['2', '3', '4', '5', '6', '7', '8', '9'].map((number) => `access-${number}`))
  })

  it('rejects with ERR_RP_NO_REFRESH_TOKEN without a refresh token, and asks nobody', async () => {
    const login = await signIn(app, { refreshToken: undefined })
    await expect(refreshed(app, login)).rejects.toEqual(notRefreshable)
    expect(provider.forms).toEqual([])
  })

  it('rejects with ERR_RP_NO_REFRESH_TOKEN at a provider that is not configured any more', async () => {
    const login = await signIn(app)
    const elsewhere = { ...login, record: { ...login.record, registration: 'gone' } }
    await expect(refreshed(app, elsewhere)).rejects.toEqual(notRefreshable)
    expect([provider.forms, registration]).toEqual([[], login.record.registration])
  })

  it('rejects with ERR_RP_LOGIN_REQUIRED when the login has ended meanwhile', async () => {
    const login = await signIn(app)
    provider.answer = async () => {
      await app.records.delete(request, login.id)
      return {}
    }
    await expect(refreshed(app, login)).rejects.toEqual(loginRequired)
  })
})

describe('createRefresh and invalid_grant', () => {
  const refused = expect.objectContaining({ code: 'ERR_RP_REFRESH', error: 'invalid_grant' })

  beforeEach(() => {
    provider.answer = () => refusal('invalid_grant')
  })

  it('ends the login, and says why', async () => {
    const login = await signIn(app)
    const error: unknown = await refreshed(app, login).catch((reason: unknown) => reason)
    expect(error).toEqual(loginRequired)
    expect(error).toMatchObject({ cause: refused })
    expect(await isAlive(login)).toBe(false)
  })

  it('keeps the person signed in with onFailure keep, and does not send the token again', async () => {
    app = appWith({ refresh: { onFailure: 'keep' } })
    const login = await signIn(app)
    await expect(refreshed(app, login)).rejects.toEqual(refused)
    const kept = await read(app.records, login.id)
    expect(kept.record).toEqual({ ...login.record, refreshToken: undefined, version: 2 })
    await expect(refreshed(app, kept)).rejects.toEqual(notRefreshable)
    expect(provider.forms).toHaveLength(1)
  })

  it.each([
    ['end', false],
    ['keep', true],
  ] as const)('asks a function of onFailure, which says %s', async (answer, alive) => {
    const onFailure = vi.fn(async () => answer)
    app = appWith({ refresh: { onFailure } })
    const login = await signIn(app)
    await refreshed(app, login).catch(() => undefined)
    expect(onFailure.mock.calls).toEqual([[refused, request]])
    expect(await isAlive(login)).toBe(alive)
  })

  it('passes on what a function of onFailure throws, and ends nothing', async () => {
    const failure = new Error('of the app')
    app = appWith({ refresh: { onFailure: () => Promise.reject(failure) } })
    const login = await signIn(app)
    await expect(refreshed(app, login)).rejects.toBe(failure)
    expect(await isAlive(login)).toBe(true)
  })

  it('re-reads before it believes it: a token that was spent by a faster process ends nothing', async () => {
    const onFailure = vi.fn(() => 'end' as const)
    app = appWith({ refresh: { onFailure } })
    const login = await signIn(app)
    await startProcess(store).records.renew(request, login, { accessToken: 'of-the-faster' })
    expect((await refreshed(app, login)).record).toMatchObject({ accessToken: 'of-the-faster', version: 2 })
    expect(onFailure).not.toHaveBeenCalled()
    expect(await isAlive(login)).toBe(true)
  })

  it('rejects with ERR_RP_LOGIN_REQUIRED when the login is gone when it re-reads', async () => {
    const onFailure = vi.fn(() => 'end' as const)
    app = appWith({ refresh: { onFailure } })
    const login = await signIn(app)
    await app.records.delete(request, login.id)
    await expect(refreshed(app, login)).rejects.toEqual(loginRequired)
    expect(onFailure).not.toHaveBeenCalled()
  })

  it('makes no pause', async () => {
    const login = await signIn(app)
    store.set.mockClear()
    await refreshed(app, login).catch(() => undefined)
    expect(store.set).not.toHaveBeenCalled()
  })
})

describe('createRefresh and an ID token that cannot be right', () => {
  it.each<[what: string, changes: object, signer?: 'stranger']>([
    ['of another person (OpenID Connect Core 1.0 section 12.2)', { sub: 'mallory' }],
    ['of another issuer', { iss: 'https://evil.example' }],
    ['for another client', { aud: 'another' }],
    ['with another nonce', { nonce: 'another' }],
    ['of another person, signed by somebody else', { sub: 'mallory' }, 'stranger'],
  ])('ends the login for one %s', async (_what, changes, signer) => {
    const { login, outcome } = await refreshWith(await idTokenOf(changes, signer))
    await expect(outcome).rejects.toEqual(loginRequired)
    await expect(outcome).rejects.toMatchObject({ cause: { code: 'ERR_RP_ID_TOKEN' } })
    expect(await isAlive(login)).toBe(false)
  })

  it.each<[what: string, changes: object, signer?: 'stranger']>([
    ['that has expired', { exp: 1_700_000_000, role: 'of-the-expired' }],
    ['that somebody else signed', { role: 'of-a-stranger' }, 'stranger'],
  ])('keeps the tokens, and the first ID token, for one %s that came over TLS', async (_what, changes, signer) => {
    const { login, outcome } = await refreshWith(await idTokenOf(changes, signer))
    const { record } = await outcome
    expect(record).toMatchObject({ accessToken: 'access-1', refreshToken: 'refresh-1' })
    expect([record.idToken, record.claims]).toEqual([login.record.idToken, login.record.claims])
  })

  it('ends the login also with onFailure keep: what came for the refresh token is not to be trusted', async () => {
    app = appWith({ refresh: { onFailure: 'keep' } })
    const { login, outcome } = await refreshWith(await idTokenOf({ sub: 'mallory' }))
    await expect(outcome).rejects.toEqual(loginRequired)
    expect(await isAlive(login)).toBe(false)
  })

  it('spends no refresh token while the keys cannot be read: what comes for it could not be kept (RFC 9700 section 4.14)', async () => {
    provider.keys = () => new Response('busy', { status: 503 })
    const { login, outcome } = await refreshWith(await idTokenOf())
    await expect(outcome).rejects.toMatchObject({ code: 'ERR_RP_KEYS' })
    expect(provider.forms).toEqual([])
    expect(await isAlive(login)).toBe(true)
  })
})

describe('createRefresh when somebody else is faster', () => {
  it('ends nothing by an ID token that cannot be right', async () => {
    const login = await signIn(app, { idToken: await idTokenOf() })
    provider.answer = async () => {
      await startProcess(store).records.renew(request, login, { accessToken: 'of-the-faster' })
      return { id_token: await idTokenOf({ sub: 'mallory' }) }
    }
    expect((await refreshed(app, login)).record).toMatchObject({ accessToken: 'of-the-faster', version: 2 })
  })

  it('revokes what came for a login that has ended meanwhile: nobody has a use for it (RFC 7009)', async () => {
    const login = await signIn(app)
    provider.answer = async () => {
      await app.records.delete(request, login.id)
      return {}
    }
    await expect(refreshed(app, login)).rejects.toEqual(loginRequired)
    await vi.waitFor(() => expect(provider.revoked).toEqual(['refresh-1']))
  })

  it('revokes nothing that is kept', async () => {
    await refreshed(app, await signIn(app))
    await new Promise(setImmediate)
    expect(provider.revoked).toEqual([])
  })
})

describe('createRefresh and the lease', () => {
  it('makes sure of it before it spends the token, and spends none when it is lost', async () => {
    const login = await signIn(app)
    const confirmLease = vi.fn(async () => false)
    expect(await app.refresh(request, login, { wanted: {}, confirmLease })).toBeUndefined()
    expect(provider.forms).toEqual([])
    confirmLease.mockImplementation(async () => provider.forms.length === 0)
    expect(await app.refresh(request, login, { wanted: {}, confirmLease })).toMatchObject({ record: { version: 2 } })
  })
})

describe('createRefresh when what came cannot be written', () => {
  it('keeps it for the next try: the token that it was got with is spent', async () => {
    const login = await signIn(app)
    store.replace.mockRejectedValueOnce(new Error('down'))
    await expect(refreshed(app, login)).rejects.toMatchObject({ code: 'ERR_RP_STORE' })
    expect((await refreshed(app, login)).record).toMatchObject({ accessToken: 'access-1', refreshToken: 'refresh-1' })
    expect(provider.forms).toHaveLength(1)
    await refreshed(app, await read(app.records, login.id))
    expect(provider.forms).toHaveLength(2)
  })
})
