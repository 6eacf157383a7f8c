// Processes of one app over one store and one provider, without a network: each has all parts of a middleware.
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { type Mock, vi } from 'vitest'
import type { Options } from '../../../src/options.ts'
import type { ProviderFetch } from '../../../src/options-client.ts'
import { parseOptions } from '../../../src/options-parser.ts'
import type { Settings } from '../../../src/options-settings.ts'
import type { TokenParameters } from '../../../src/protocol/refresh-request.ts'
import { createRegistry } from '../../../src/providers/registry.ts'
import { createGetAccessToken, type GetAccessToken } from '../../../src/session/access-token.ts'
import { createLoginRecords, type Login, type LoginRecords, type NewLogin } from '../../../src/session/login-records.ts'
import { createOneRefresh, type OneRefresh } from '../../../src/session/one-refresh.ts'
import { createRecordStore, type RecordStore } from '../../../src/session/record-store.ts'
import { createRefresh, type Refresh } from '../../../src/session/refresh.ts'
import { createShutdown, type Shutdown } from '../../../src/session/shutdown.ts'
import { memoryStore } from '../../../src/stores/memory-store.ts'
import type { Store } from '../../../src/stores/store.ts'
import { requestOf } from '../exchange.ts'

export const issuer = 'https://id.example'
/** Any request: the option `store` makes them all alike. */
export const request = requestOf()

const keyPairs = { right: await generateKeyPair('RS256'), stranger: await generateKeyPair('RS256') }
const jwk = { ...(await exportJWK(keyPairs.right.publicKey)), kid: '1', alg: 'RS256', use: 'sig' }

/** Stops the clock of the process at a full second; everything else of it goes on. */
export function stopClock(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 })
}

export function pass(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000)
}

export function now(): number {
  return Date.now() / 1000
}

/** A memory store whose methods are watched. */
export type WatchedStore = { [Name in keyof Store]-?: Mock<NonNullable<Store[Name]>> }

export function watchedStore(store: Required<Store> = memoryStore()): WatchedStore {
  return {
    get: vi.fn(store.get),
    set: vi.fn(store.set),
    delete: vi.fn(store.delete),
    setIfAbsent: vi.fn(store.setIfAbsent),
    replace: vi.fn(store.replace),
    getMany: vi.fn(store.getMany),
  }
}

/** What the token endpoint answers to a refresh request: the first is number 1. */
export type Answer = (form: Record<string, string>, number: number) => unknown

/** A provider whose answers a test writes. */
export interface ScriptedProvider {
  /** The forms of all refresh requests so far. */
  readonly forms: Record<string, string>[]
  /** The refresh tokens that were revoked (RFC 7009). */
  readonly revoked: (string | undefined)[]
  /** A `Response`, or the members that differ from the right answer; may throw. */
  answer: Answer
  keys: () => Response
  readonly fetch: ProviderFetch
}

export function scriptedProvider(): ScriptedProvider {
  const provider: ScriptedProvider = {
    forms: [],
    revoked: [],
    answer: () => ({}),
    keys: () => Response.json({ keys: [jwk] }),
    fetch: async (url, { body }) => {
      if (url === `${issuer}/jwks`) return provider.keys()
      const form = Object.fromEntries(new URLSearchParams(body ?? ''))
      if (url === `${issuer}/revocation`) {
        provider.revoked.push(form['token'])
        return new Response()
      }
      if (url !== `${issuer}/token`) throw new Error(`nothing should ask ${url}`)
      const number = provider.forms.push(form)
      const answer = await provider.answer(form, number)
      return answer instanceof Response ? answer : Response.json({ ...rightAnswer(number), ...(answer as object) })
    },
  }
  return provider
}

function rightAnswer(number: number) {
  const tokens = { access_token: `access-${number}`, refresh_token: `refresh-${number}` }
  return { ...tokens, token_type: 'Bearer', expires_in: 300, scope: 'openid orders' }
}

/** An error answer of the token endpoint (RFC 6749 section 5.2). */
export function refusal(error: string, status = 400, headers: Record<string, string> = {}): Response {
  return Response.json({ error, error_description: 'in words' }, { status, headers })
}

/** An ID token of the right person, with these claims changed; `undefined` removes one. */
export async function idTokenOf(changes: object = {}, signer: keyof typeof keyPairs = 'right'): Promise<string> {
  const claims = { iss: issuer, sub: 'alice', aud: 'orders', exp: now() + 300, iat: now(), ...changes }
  const key = keyPairs[signer].privateKey
  return await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: '1' }).sign(key)
}

/** What one process has. */
export interface Process {
  readonly settings: Settings
  readonly records: LoginRecords
  readonly recordStore: RecordStore
  readonly refresh: Refresh
  readonly oneRefresh: OneRefresh
  readonly getAccessToken: GetAccessToken
  readonly shutdown: Shutdown
}

/** Starts a process. */
export function startProcess(store: Store, provider = scriptedProvider(), changes: Partial<Options> = {}): Process {
  const endpoint = (name: string) => [`${name}_endpoint`, `${issuer}/${name}`]
  const endpoints = Object.fromEntries(['authorization', 'token', 'end_session', 'revocation'].map(endpoint))
  const settings = parseOptions({
    provider: { issuer, metadata: { ...endpoints, jwks_uri: `${issuer}/jwks` } },
    clientId: 'orders',
    baseUrl: 'https://app.example',
    secret: 'the secret of these tests',
    log: false,
    store,
    fetch: provider.fetch,
    ...changes,
  })
  const registry = createRegistry(settings)
  const recordStore = createRecordStore(settings)
  const records = createLoginRecords(settings, recordStore)
  const shutdown = createShutdown(settings, registry)
  const refresh = createRefresh({ settings, registry, records, recordStore, shutdown })
  const oneRefresh = createOneRefresh({ settings, records, recordStore, refresh, shutdown })
  const getAccessToken = createGetAccessToken(settings, oneRefresh)
  return { settings, records, recordStore, refresh, oneRefresh, getAccessToken, shutdown }
}

/** The registration of the provider that every process has. */
export const registration: string = startProcess(memoryStore()).settings.providers[0]?.registration ?? ''

/** A login that begins now, with an access token for 300 s. */
export function newLogin(changes: Partial<NewLogin> = {}): NewLogin {
  return {
    registration,
    claims: { iss: issuer, sub: 'alice' },
    idToken: undefined,
    accessToken: 'access-0',
    refreshToken: 'refresh-0',
    tokenType: 'Bearer',
    scope: 'openid orders',
    expiresAt: now() + 300,
    lifetimeSeconds: 300,
    nonce: undefined,
    loginAt: now(),
    ...changes,
  }
}

/** Begins a login and reads it. */
export async function signIn({ records }: Process, changes: Partial<NewLogin> = {}): Promise<Login> {
  return await read(records, await records.create(request, newLogin(changes)))
}

/** Refreshes as who holds the lease does; throws when it could not. */
export async function refreshed({ refresh }: Process, login: Login, wanted: TokenParameters = {}): Promise<Login> {
  const renewed = await refresh(request, login, { wanted, confirmLease: async () => true })
  if (renewed === undefined) throw new Error('the lease was lost')
  return renewed
}

/** The login as it is in the store now; throws when it has ended. */
export async function read(records: LoginRecords, id: string): Promise<Login> {
  const login = await records.find(request, id)
  if (login === undefined) throw new Error('the login has ended')
  return login
}
