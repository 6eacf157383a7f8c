import { beforeEach, describe, expect, it, vi } from 'vitest'
import { requireSession } from '../../../src/session/express-session.ts'
import { createLoginHints } from '../../../src/session/login-hint.ts'
import { createOneTime } from '../../../src/session/one-time.ts'
import { createRecordStore } from '../../../src/session/record-store.ts'
import { createTransactions, type Transactions } from '../../../src/session/transactions.ts'
import { memoryStore } from '../../../src/stores/memory-store.ts'
import { silentLog } from '../../log-lines.ts'
import { requestOf } from '../exchange.ts'
import { createSessionFixture, type SessionFixture, type SessionRequest } from './fake-session.ts'

const hour = 3600

let now: number
let fixture: SessionFixture
let transactions: Transactions
let store: ReturnType<typeof memoryStore>

beforeEach(() => {
  now = Math.floor(Date.now() / 1000)
  fixture = createSessionFixture()
  store = memoryStore()
  transactions = createTransactions(() => now, createOneTime(createRecordStore({ log: silentLog, store }), 'state'))
})

/** As long as real ones. */
function random(bytes: number): string {
  return Buffer.alloc(bytes, 1).toString('base64url')
}

type Login = Parameters<Transactions['put']>[2]

function login(returnTo = '/orders'): Login {
  const secrets = { nonce: random(16), codeVerifier: random(32) }
  return { registration: 'registration__16', ...secrets, redirectUri: 'https://app.example/callback', returnTo }
}

/** One browser that has started logins under these states, each in a request of its own. */
async function browserWith(...states: string[]): Promise<string> {
  let sessionId: string | undefined
  for (const state of states) {
    const request: SessionRequest = await fixture.open(sessionId)
    await transactions.put(request, state, login(`/${state}`))
    sessionId = request.sessionID
  }
  return sessionId ?? ''
}

async function statesOf(sessionId: string): Promise<string[]> {
  const request = await fixture.open(sessionId)
  return Object.keys(requireSession(request).relyingParty?.transactions ?? {})
}

describe('put', () => {
  it('keeps the login in flight in the store before it resolves: the browser may come back at once', async () => {
    const sessionId = await browserWith('a')
    const { relyingParty } = fixture.stored()[sessionId] as { relyingParty: { transactions: unknown } }
    expect(relyingParty.transactions).toEqual({ a: { ...login('/a'), createdAt: now } })
  })

  it('takes less than 300 bytes for one login with a short return path (design section 2)', async () => {
    const request = await fixture.open()
    const hints = createLoginHints({ secrets: ['the secret of these tests'], basePath: '' })
    const state = hints.createState(
      { returnTo: '/orders/7', attempt: 0, isSilent: false, startedAt: now },
      'registration__16',
    )
    await transactions.put(request, state, login('/orders/7'))
    const { relyingParty } = fixture.stored()[request.sessionID] as { relyingParty: { transactions: unknown } }
    expect(JSON.stringify(relyingParty.transactions).length).toBeLessThan(300)
  })

  it('keeps 16 logins at most, the oldest goes first (threat V14)', async () => {
    const states = Array.from({ length: 20 }, (_, index) => `state-${index}`)
    expect(await statesOf(await browserWith(...states))).toEqual(states.slice(-16))
  })

  it('drops none while there are 16', async () => {
    const states = Array.from({ length: 16 }, (_, index) => `state-${index}`)
    expect(await statesOf(await browserWith(...states))).toEqual(states)
  })

  it('keeps 16 kB of return paths, the newest: an older login leads to the start page, and knows why', async () => {
    const path = (at: number, bytes: number) => `/${at}`.padEnd(bytes, 'a')
    const given = [path(0, 9), path(1, 8000), path(2, 9), path(3, 8000), path(4, 8000), path(5, 9)]
    let sessionId: string | undefined
    for (const [at, returnTo] of given.entries()) {
      const request = await fixture.open(sessionId)
      await transactions.put(request, `state-${at}`, login(returnTo))
      sessionId = request.sessionID
    }
    const { relyingParty = {} } = requireSession(await fixture.open(sessionId))
    const kept = Object.values(relyingParty.transactions ?? {})
    expect(kept.map(({ returnTo, isPathCut }) => [returnTo.length, isPathCut])).toEqual([
      [9, undefined],
      [1, true],
      [9, undefined],
      [8000, undefined],
      [8000, undefined],
      [9, undefined],
    ])
    await expect(transactions.take(await fixture.open(sessionId), 'state-1')).resolves.toMatchObject({ returnTo: '/' })
  })

  it('keeps the newest path whatever the others take', async () => {
    const full = Array.from({ length: 16 }, (_, at) => `/${at}`.padEnd(1024, 'a'))
    const request = await fixture.open()
    for (const returnTo of full) await transactions.put(request, returnTo, login(returnTo))
    await transactions.put(request, 'newest', login('/'.padEnd(8000, 'a')))
    const kept = Object.values(requireSession(request).relyingParty?.transactions ?? {})
    expect(kept.map(({ returnTo }) => returnTo.length)).toEqual([...Array(7).fill(1), ...Array(8).fill(1024), 8000])
  })

  it('never cuts the path of a silent login, whose user sees no page of ours', async () => {
    const request = await fixture.open()
    await transactions.put(request, 'silent', { ...login('/'.padEnd(512, 'a')), isSilent: true })
    for (const state of ['one', 'two']) await transactions.put(request, state, login('/'.padEnd(8000, 'a')))
    await expect(transactions.take(request, 'silent')).resolves.toMatchObject({ returnTo: '/'.padEnd(512, 'a') })
  })

  it('counts logins to a page also when their path made room for newer ones', async () => {
    const request = await fixture.open()
    const path = '/'.padEnd(8000, 'a')
    for (let at = 0; at < 10; at++) await transactions.put(request, `state-${at}`, login(path))
    expect([transactions.count(request, path, 60), transactions.count(request, `${path}b`, 60)]).toEqual([10, 0])
  })

  it('drops those that have ended by their age, and keeps the others', async () => {
    const sessionId = await browserWith('old')
    now += 1
    await transactions.put(await fixture.open(sessionId), 'young', login())
    now += hour - 1
    await transactions.put(await fixture.open(sessionId), 'new', login())
    expect(await statesOf(sessionId)).toEqual(['young', 'new'])
  })

  it('keeps who is signed in', async () => {
    const request = await fixture.open()
    request.session.relyingParty = { login: 'an-id' }
    await transactions.put(request, 'a', login())
    expect(requireSession(await fixture.open(request.sessionID)).relyingParty?.login).toBe('an-id')
  })

  it.each(['__proto__', 'constructor', 'hasOwnProperty'])('takes %s for a state like any other', async (state) => {
    const sessionId = await browserWith(state)
    await expect(transactions.take(await fixture.open(sessionId), state)).resolves.toMatchObject({
      returnTo: `/${state}`,
    })
    expect(Object.prototype).not.toHaveProperty('returnTo')
  })

  it('rejects with ERR_RP_STORE when the session cannot be saved: no redirect without a transaction', async () => {
    const request = await fixture.open()
    const failure = new Error('down')
    vi.spyOn(fixture.store, 'set').mockImplementation((_id, _session, done) => done?.(failure))
    await expect(transactions.put(request, 'a', login())).rejects.toMatchObject({
      code: 'ERR_RP_STORE',
      cause: failure,
    })
  })

  it('rejects with ERR_RP_NO_SESSION without a session', async () => {
    await expect(transactions.put(requestOf(), 'a', login())).rejects.toMatchObject({ code: 'ERR_RP_NO_SESSION' })
  })
})

describe('put and the life of the session', () => {
  it.each([
    ['that lives a day', 86_400_000, 3_600_000],
    ['that lives as long as the browser', null, 3_600_000],
    ['that lives ten minutes', 600_000, 600_000],
  ])(
    'shortens a session %s to an hour at most while it holds logins in flight alone',
    async (_life, maxAge, expected) => {
      fixture = createSessionFixture({ maxAge: maxAge as number })
      const request = await fixture.open()
      await transactions.put(request, 'a', login())
      // express-session takes what is left of it, so a slow machine finds some milliseconds less.
      const short = expected - (request.session.cookie.originalMaxAge ?? 0)
      expect(short >= 0 && short < 1000).toBe(true)
    },
  )

  it('leaves the life of a session that holds data of the app', async () => {
    fixture = createSessionFixture({ maxAge: 86_400_000 })
    const request = await fixture.open()
    request.session['cart'] = ['book']
    await transactions.put(request, 'a', login())
    expect(request.session.cookie.originalMaxAge).toBe(86_400_000)
  })

  it('leaves the life of a session in which somebody is signed in', async () => {
    fixture = createSessionFixture({ maxAge: 86_400_000 })
    const request = await fixture.open()
    request.session.relyingParty = { login: 'an-id' }
    await transactions.put(request, 'a', login())
    expect(request.session.cookie.originalMaxAge).toBe(86_400_000)
  })
})

describe('take', () => {
  it('gives back what was put, once (RFC 9700 section 4.7.1)', async () => {
    const sessionId = await browserWith('a')
    const first = await transactions.take(await fixture.open(sessionId), 'a')
    expect(first).toEqual({ ...login('/a'), createdAt: now })
    expect(await transactions.take(await fixture.open(sessionId), 'a')).toBeUndefined()
  })

  it('has deleted the login from the store before it resolves', async () => {
    const sessionId = await browserWith('a', 'b')
    await transactions.take(await fixture.open(sessionId), 'a')
    expect(await statesOf(sessionId)).toEqual(['b'])
  })

  it('gives it to one of two requests that read the session at the same moment', async () => {
    const sessionId = await browserWith('a')
    const requests = [await fixture.open(sessionId), await fixture.open(sessionId)]
    const taken = await Promise.all(requests.map((request) => transactions.take(request, 'a')))
    expect(taken.map((login) => login?.returnTo)).toEqual(['/a', undefined])
  })

  it('gives it to no request that restored the session afterwards', async () => {
    const sessionId = await browserWith('a')
    const late = await fixture.open(sessionId)
    await transactions.take(await fixture.open(sessionId), 'a')
    await new Promise((resolve) => late.session.save(resolve))
    expect(await transactions.take(await fixture.open(sessionId), 'a')).toBeUndefined()
  })

  it('does not spend the login of a browser by a guess of another', async () => {
    const victim = await browserWith('a')
    const attacker = await browserWith('b')
    expect(await transactions.take(await fixture.open(attacker), 'a')).toBeUndefined()
    await expect(transactions.take(await fixture.open(victim), 'a')).resolves.toMatchObject({ returnTo: '/a' })
  })

  it.each(['__proto__', 'constructor', 'toString', '', 'b'])(
    'finds nothing under the unknown state %j',
    async (state) => {
      const request = await fixture.open(await browserWith('a'))
      const set = vi.spyOn(fixture.store, 'set')
      expect(await transactions.take(request, state)).toBeUndefined()
      expect(set).not.toHaveBeenCalled()
    },
  )

  it('finds nothing in the session of a browser that has started no login', async () => {
    expect(await transactions.take(await fixture.open(), 'a')).toBeUndefined()
  })

  it('gives it until an hour has passed, and then not', async () => {
    const sessionId = await browserWith('a', 'b')
    now += hour - 1
    await expect(transactions.take(await fixture.open(sessionId), 'a')).resolves.toMatchObject({ returnTo: '/a' })
    now += 1
    expect(await transactions.take(await fixture.open(sessionId), 'b')).toBeUndefined()
    expect(await statesOf(sessionId)).toEqual([])
  })

  it('keeps who is signed in', async () => {
    const sessionId = await browserWith('a')
    const request = await fixture.open(sessionId)
    request.session.relyingParty = { ...request.session.relyingParty, login: 'an-id' }
    await transactions.take(request, 'a')
    expect(requireSession(await fixture.open(sessionId)).relyingParty?.login).toBe('an-id')
  })

  it('rejects with ERR_RP_STORE when the session cannot be saved: what is not deleted is not used', async () => {
    const request = await fixture.open(await browserWith('a'))
    vi.spyOn(fixture.store, 'set').mockImplementation((_id, _session, done) => done?.(new Error('down')))
    await expect(transactions.take(request, 'a')).rejects.toMatchObject({ code: 'ERR_RP_STORE' })
  })

  it('is given once in all processes on the same store', async () => {
    const sessionId = await browserWith('a')
    const elsewhere = createTransactions(
      () => now,
      createOneTime(createRecordStore({ log: silentLog, store }), 'state'),
    )
    const requests = [await fixture.open(sessionId), await fixture.open(sessionId)] as const
    await transactions.take(requests[0], 'a')
    expect(await elsewhere.take(requests[1], 'a')).toBeUndefined()
  })

  it('does not take a login that is too old for used: it begins again as one that was never finished', async () => {
    const sessionId = await browserWith('a')
    now += hour
    expect(await transactions.take(await fixture.open(sessionId), 'a')).toBeUndefined()
    expect(await transactions.isUsed(await fixture.open(sessionId), 'a')).toBe(false)
    expect(transactions.isBusy(await fixture.open(sessionId))).toBe(false)
  })

  it('has the taken state remembered for as long as its login could be in flight', async () => {
    const setIfAbsent = vi.spyOn(store, 'setIfAbsent')
    const watched = createTransactions(() => now, createOneTime(createRecordStore({ log: silentLog, store }), 'state'))
    await watched.take(await fixture.open(await browserWith('a')), 'a')
    expect(setIfAbsent).toHaveBeenCalledWith(expect.any(String), expect.any(String), { expiresAt: now + hour })
  })
})

/** A process of its own on the same stores. */
function elsewhere(): Transactions {
  return createTransactions(() => now, createOneTime(createRecordStore({ log: silentLog, store }), 'state'))
}

describe('tabs of one session at the same moment', () => {
  const states = ['b', 'c', 'd', 'e', 'f']

  it('begin logins that do not write over each other', async () => {
    const sessionId = await browserWith('a')
    const requests = await Promise.all(states.map(() => fixture.open(sessionId)))
    await Promise.all(requests.map((request, index) => transactions.put(request, states[index] ?? '', login())))
    expect(await statesOf(sessionId)).toEqual(['a', ...states])
  })

  it('begin and finish logins, and none of the finished comes back', async () => {
    const sessionId = await browserWith('a', ...states)
    const requests = await Promise.all(states.map(() => fixture.open(sessionId)))
    const beginning = await fixture.open(sessionId)
    const taken = states.map((state, index) => transactions.take(requests[index] ?? beginning, state))
    await Promise.all([...taken, transactions.put(beginning, 'new', login())])
    expect(await statesOf(sessionId)).toEqual(['a', 'new'])
  })

  it('do so over a store that answers late', async () => {
    const sessionId = await browserWith('a')
    const { set } = fixture.store
    vi.spyOn(fixture.store, 'set').mockImplementation((id, session, done) => {
      setTimeout(() => set.call(fixture.store, id, session, done), 5)
    })
    const requests = await Promise.all(states.map(() => fixture.open(sessionId)))
    await Promise.all(requests.map((request, index) => transactions.put(request, states[index] ?? '', login())))
    expect(await statesOf(sessionId)).toEqual(['a', ...states])
  })

  it('keep what another process has put meanwhile', async () => {
    const sessionId = await browserWith('a')
    const [one, other] = [await fixture.open(sessionId), await fixture.open(sessionId)]
    await elsewhere().put(other, 'b', login())
    await transactions.put(one, 'c', login())
    expect(await statesOf(sessionId)).toEqual(['a', 'b', 'c'])
  })

  it('do not bring back what another process has taken meanwhile', async () => {
    const sessionId = await browserWith('a', 'b')
    const [one, other] = [await fixture.open(sessionId), await fixture.open(sessionId)]
    await elsewhere().take(other, 'a')
    await transactions.put(one, 'c', login())
    expect(await statesOf(sessionId)).toEqual(['b', 'c'])
  })

  it('go on when one of them fails', async () => {
    const sessionId = await browserWith('a')
    const [one, other] = [await fixture.open(sessionId), await fixture.open(sessionId)]
    vi.spyOn(fixture.store, 'set').mockImplementationOnce((_id, _session, done) => done?.(new Error('down')))
    const outcomes = await Promise.allSettled([
      transactions.put(one, 'b', login()),
      transactions.put(other, 'c', login()),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect(await statesOf(sessionId)).toEqual(['a', 'c'])
  })

  it('keep the data that the app put into the session in their own request', async () => {
    const sessionId = await browserWith('a')
    const request = await fixture.open(sessionId)
    request.session['cart'] = ['book']
    await transactions.put(request, 'b', login())
    expect((await fixture.open(sessionId)).session['cart']).toEqual(['book'])
  })
})

describe('silent logins in a session', () => {
  const silent = { ...login('/shop'), isSilent: true } as const

  async function stateAfter(change: (request: SessionRequest) => Promise<unknown>) {
    const first = await fixture.open()
    await transactions.put(first, 'silent', silent)
    await change(await fixture.open(first.sessionID))
    return requireSession(await fixture.open(first.sessionID)).relyingParty
  }

  it('are noted when they come back with a code, for tabs that wait for the tokens', async () => {
    const state = await stateAfter((request) => transactions.take(request, 'silent', { code: 'x' }))
    expect(state).toMatchObject({ silentAt: now, silentCodeAt: now, transactions: {} })
  })

  it('are not noted when they come back without one: the answer is there', async () => {
    const state = await stateAfter((request) => transactions.take(request, 'silent', { code: undefined }))
    expect(state).not.toHaveProperty('silentCodeAt')
  })

  it('are forgotten when the code has failed', async () => {
    const state = await stateAfter(async (request) => {
      await transactions.take(request, 'silent', { code: 'x' })
      await transactions.forgetCode(request)
    })
    expect(state).not.toHaveProperty('silentCodeAt')
  })

  it('stay asked when another tab of that moment begins a login, which has read the session before', async () => {
    const browser = await fixture.open()
    browser.session['cart'] = ['book']
    await new Promise((resolve) => browser.session.save(resolve))
    const early = await fixture.open(browser.sessionID)
    await transactions.put(await fixture.open(browser.sessionID), 'silent', silent)
    await transactions.put(early, 'other', login())
    const { relyingParty } = requireSession(await fixture.open(browser.sessionID))
    expect(relyingParty).toMatchObject({ silentAt: now, transactions: { silent: {}, other: {} } })
  })
})

describe('isUsed', () => {
  it('is true once a login was taken, in every process, and for every browser that brings its state', async () => {
    const sessionId = await browserWith('a')
    expect(await transactions.isUsed(await fixture.open(sessionId), 'a')).toBe(false)
    await transactions.take(await fixture.open(sessionId), 'a')
    expect(await elsewhere().isUsed(await fixture.open(), 'a')).toBe(true)
    expect(await transactions.isUsed(await fixture.open(sessionId), 'b')).toBe(false)
  })

  it('is false for a state that another browser guessed', async () => {
    await transactions.take(await fixture.open(await browserWith('a')), 'b')
    expect(await transactions.isUsed(await fixture.open(), 'b')).toBe(false)
  })
})

describe('count', () => {
  it('counts the logins in flight that lead to the same place, of that time', async () => {
    const sessionId = await browserWith('a', 'a2')
    await transactions.put(await fixture.open(sessionId), 'b', login('/a'))
    const request = await fixture.open(sessionId)
    expect(transactions.count(request, '/a', 60)).toBe(2)
    expect(transactions.count(request, '/a2', 60)).toBe(1)
    expect(transactions.count(request, '/', 60)).toBe(0)
    now += 59
    expect(transactions.count(request, '/a', 60)).toBe(2)
    now += 1
    expect(transactions.count(request, '/a', 60)).toBe(0)
  })

  it('does not count logins that were finished, nor those of other browsers', async () => {
    const sessionId = await browserWith('a')
    await transactions.take(await fixture.open(sessionId), 'a')
    expect(transactions.count(await fixture.open(sessionId), '/a', 60)).toBe(0)
    expect(transactions.count(await fixture.open(), '/a', 60)).toBe(0)
  })
})

describe('isBusy', () => {
  it('is true for a minute after a login was begun or taken', async () => {
    const sessionId = await browserWith('a')
    expect(transactions.isBusy(await fixture.open(sessionId))).toBe(true)
    now += 60
    expect(transactions.isBusy(await fixture.open(sessionId))).toBe(false)
    await transactions.take(await fixture.open(sessionId), 'a')
    now += 59
    expect(transactions.isBusy(await fixture.open(sessionId))).toBe(true)
    now += 1
    expect(transactions.isBusy(await fixture.open(sessionId))).toBe(false)
  })

  it('remembers what another tab took when this one begins a login', async () => {
    const sessionId = await browserWith('a')
    const [one, other] = [await fixture.open(sessionId), await fixture.open(sessionId)]
    await transactions.take(other, 'a')
    await transactions.put(one, 'b', login())
    expect(fixture.stored()[sessionId]?.['relyingParty']).toMatchObject({ takenAt: now })
  })

  it('remembers the latest of those that other tabs took', async () => {
    const sessionId = await browserWith('a', 'b')
    await transactions.take(await fixture.open(sessionId), 'a')
    const [one, other] = [await fixture.open(sessionId), await fixture.open(sessionId)]
    now += 30
    await transactions.take(other, 'b')
    await transactions.put(one, 'c', login())
    expect(fixture.stored()[sessionId]?.['relyingParty']).toMatchObject({ takenAt: now })
  })

  it('is false in the session of a browser that has begun none', async () => {
    expect(transactions.isBusy(await fixture.open())).toBe(false)
  })
})
