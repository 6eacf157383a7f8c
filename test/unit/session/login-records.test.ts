import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLoginRecordFormat } from '../../../src/session/login-record.ts'
import { type Login, requireAlive } from '../../../src/session/login-records.ts'
import { memoryStore } from '../../../src/stores/memory-store.ts'
import { keepLogLines } from '../../log-lines.ts'
import {
  issuer,
  newLogin,
  now,
  type Process,
  pass,
  read,
  request,
  signIn,
  startProcess,
  stopClock,
  type WatchedStore,
  watchedStore,
} from './processes.ts'

const idleSeconds = 1000
const absoluteSeconds = 5000
const options = { session: { idleSeconds, absoluteSeconds } }

let store: WatchedStore
let app: Process

beforeEach(() => {
  stopClock()
  store = watchedStore(everlasting())
  app = startProcess(store, undefined, options)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Keeps everything for ever: what ends here has not been ended by the store. */
function everlasting(): ReturnType<typeof memoryStore> {
  const { set, replace, ...others } = memoryStore()
  const expiresAt = Number.POSITIVE_INFINITY
  return {
    ...others,
    set: (key, value) => set(key, value, { expiresAt }),
    replace: (key, value, { expected }) => replace(key, value, { expected, expiresAt }),
  }
}

function find(login: Login, by = app): Promise<Login | undefined> {
  return by.records.find(request, login.id)
}

function keyOf({ id }: Login): string {
  return `relying-party:login:${id}`
}

describe('create and find', () => {
  it('find the whole record, seen just now, in its first version', async () => {
    const { record } = await signIn(app)
    expect(record).toEqual({ ...newLogin(), seenAt: now(), version: 1, tokenVersion: 1 })
  })

  it('bring the record and its epochs by one read of the store', async () => {
    const login = await signIn(app, { claims: { iss: issuer, sub: 'alice', sid: '1' } })
    vi.clearAllMocks()
    await find(login)
    expect(store.getMany).toHaveBeenCalledTimes(1)
    expect(store.getMany.mock.calls[0]?.[0]).toHaveLength(3)
    expect([store.get, store.set, store.replace].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0])
  })

  it('tell the store when the record ends', async () => {
    const { id } = await signIn(app)
    expect(store.set.mock.calls).toEqual([
      [`relying-party:login:${id}`, expect.any(String), { expiresAt: now() + idleSeconds }],
    ])
  })

  it('give every login an id of its own, of 256 random bits', async () => {
    const [one, other] = [await signIn(app), await signIn(app)]
    expect(one.id).not.toBe(other.id)
    expect(one.id).toMatch(/^[\w-]{43}(\.[\w-]{16}){2}$/)
  })

  it('find nothing under an unknown id, or after a delete', async () => {
    const login = await signIn(app)
    expect(await app.records.find(request, 'unknown')).toBeUndefined()
    await app.records.delete(request, login.id)
    expect(await find(login)).toBeUndefined()
  })

  it('find no login of a provider that is not configured any more, or of another middleware (threat V19)', async () => {
    const login = await signIn(app, { registration: 'of-another-client' })
      .then(() => undefined)
      .catch((error: Error) => error)
    expect(login).toBeInstanceOf(Error)
  })

  it('find nothing in a record whose session_expiry cannot be read', async () => {
    const id = await app.records.create(
      request,
      newLogin({ claims: { iss: issuer, sub: 'alice', session_expiry: 'x' } }),
    )
    expect(await app.records.find(request, id)).toBeUndefined()
  })
})

describe('the lifetimes of a login, by stored instants (threat V11)', () => {
  it('end it idleSeconds after the last request, though the store still has it', async () => {
    const login = await signIn(app)
    pass(idleSeconds - 1)
    expect(await find(login)).toBeDefined()
    pass(idleSeconds - 1)
    expect(await find(login)).toBeDefined()
    pass(idleSeconds)
    expect(await find(login)).toBeUndefined()
    expect(await store.get(keyOf(login))).toBeDefined()
  })

  it('end it absoluteSeconds after it began, however busy it is', async () => {
    const login = await signIn(app)
    for (let second = 0; second < absoluteSeconds - 500; second += 500) {
      pass(500)
      expect(await find(login)).toBeDefined()
    }
    pass(499)
    expect(await find(login)).toBeDefined()
    pass(1)
    expect(await find(login)).toBeUndefined()
  })

  it('end it at the session_expiry of the provider, when that is earlier (IPSIE Session Lifetime profile)', async () => {
    const login = await signIn(app, { claims: { iss: issuer, sub: 'alice', session_expiry: now() + 60 } })
    pass(59)
    expect(await find(login)).toBeDefined()
    pass(1)
    expect(await find(login)).toBeUndefined()
  })
})

describe('the last request', () => {
  it('is noted at most once in a twentieth of idleSeconds: a busy login does not write on every request', async () => {
    const login = await signIn(app)
    store.set.mockClear()
    for (let second = 0; second < 49; second += 1) {
      pass(1)
      await find(login)
    }
    expect(store.replace).not.toHaveBeenCalled()
    pass(1)
    expect((await find(login))?.record.seenAt).toBe(now())
    await find(login)
    expect(store.replace).toHaveBeenCalledTimes(1)
    expect(store.set).not.toHaveBeenCalled()
  })

  it('is noted by compare-and-set, with the life that the login has then', async () => {
    const login = await signIn(app)
    pass(50)
    await find(login)
    const life = { expected: login.sealed, expiresAt: now() + idleSeconds }
    expect(store.replace.mock.calls).toEqual([[keyOf(login), expect.any(String), life]])
  })

  it('changes neither tokens nor version', async () => {
    const login = await signIn(app)
    pass(50)
    expect((await read(app.records, login.id)).record).toEqual({ ...login.record, seenAt: now() })
  })

  it('is noted by one of two who come at the same moment, and both find the login', async () => {
    const login = await signIn(app)
    pass(50)
    const found = await Promise.all([find(login), find(login, startProcess(store, undefined, options))])
    expect(found.map((one) => one?.record.claims.sub)).toEqual(['alice', 'alice'])
    expect(await Promise.all(store.replace.mock.results.map(({ value }) => value))).toEqual([true, false])
  })

  it('fails no request when the store can be read but not written', async () => {
    const login = await signIn(app)
    pass(50)
    store.replace.mockRejectedValue(new Error('full'))
    expect(await find(login)).toEqual(login)
  })

  it('does not bring back a login that is deleted between its read and its write', async () => {
    const login = await signIn(app)
    pass(50)
    await between(() => store.delete(keyOf(login)))
    await find(login)
    expect(await store.get(keyOf(login))).toBeUndefined()
  })

  it('does not write over a refresh between its read and its write', async () => {
    const login = await signIn(app)
    pass(50)
    await between(() => app.records.renew(request, login, { accessToken: 'newer' }))
    await find(login)
    expect((await read(app.records, login.id)).record).toMatchObject({ accessToken: 'newer', version: 2 })
  })
})

/** Has something happen after the next read of the store, before what was read is used. */
async function between(act: () => Promise<unknown>): Promise<void> {
  const getMany = store.getMany.getMockImplementation()
  store.getMany.mockImplementationOnce(async (keys) => {
    const values = (await getMany?.(keys)) ?? []
    await act()
    return values
  })
}

describe('a record that does not open', () => {
  const other = { ...options, secret: 'a newer secret, long enough' }

  it('counts as signed out, and is said once, whoever comes (issue 4 item 9)', async () => {
    const { logger, lines } = keepLogLines()
    const logins = [await signIn(app), await signIn(app)]
    const rotated = startProcess(store, undefined, { ...other, log: logger })
    for (const login of [...logins, ...logins]) expect(await find(login, rotated)).toBeUndefined()
    const message = expect.stringContaining('secret')
    expect(lines).toEqual([{ level: 'warn', code: 'WARN_RP_RECORD_UNREADABLE', message }])
    expect(JSON.stringify(lines)).not.toContain(logins[0]?.id)
  })

  it('is not said of one that is not there, or that has ended by its age', async () => {
    const { logger, lines } = keepLogLines()
    const heard = startProcess(store, undefined, { ...options, log: logger })
    const login = await signIn(heard)
    pass(idleSeconds)
    await find(login, heard)
    await heard.records.find(request, 'unknown')
    expect(lines).toEqual([])
  })

  it('opens while the earlier secret is in the list', async () => {
    const login = await signIn(app)
    const secret = [other.secret, 'the secret of these tests']
    expect(await find(login, startProcess(store, undefined, { ...options, secret }))).toBeDefined()
  })

  it.each([['garbage'], [''], ['v1.x.y'], ['{"claims":{"sub":"admin"}}'], [7], [{}], [true], [Buffer.from('v1.x.y')]])(
    'is garbage like %j, and never throws into the app (issue 4 item 4)',
    async (value) => {
      const login = await signIn(app)
      store.getMany.mockResolvedValueOnce([value as string, undefined, undefined])
      expect(await find(login)).toBeUndefined()
    },
  )

  it('may be of another format version', async () => {
    const login = await signIn(app)
    const format = createLoginRecordFormat({ ...app.settings, secrets: ['the secret of another app..'] })
    await store.set(keyOf(login), format.seal(login.record, login.id), { expiresAt: now() + 60 })
    expect(await find(login)).toBeUndefined()
  })
})

describe('requireAlive', () => {
  it('gives the login, and rejects with ERR_RP_LOGIN_REQUIRED when it has ended', async () => {
    const login = await signIn(app)
    await expect(requireAlive(Promise.resolve(login))).resolves.toBe(login)
    const ended = { code: 'ERR_RP_LOGIN_REQUIRED', status: 401 }
    await expect(requireAlive(Promise.resolve(undefined))).rejects.toMatchObject(ended)
  })
})
