import { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RelyingPartyError } from '../../../src/errors.ts'
import { authentication } from '../../../src/guards/authentication.ts'
import type { RelyingPartyRequest } from '../../../src/guards/load-user.ts'
import { requireClaim, requireScope } from '../../../src/guards/require-claim.ts'
import type { Middleware } from '../../../src/http/messages.ts'
import { requestOf } from '../exchange.ts'

/** As from JavaScript: of any type, and as many as one likes. */
type AnyCall = (...given: unknown[]) => Middleware
const anyClaim = requireClaim as AnyCall
const anyScope = requireScope as AnyCall

function refusalOf(make: () => unknown): RelyingPartyError {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(RelyingPartyError)
    expect(error).toMatchObject({ code: 'ERR_RP_OPTIONS', status: 500 })
    return error as RelyingPartyError
  }
  throw new Error('it was made')
}

const report = vi.fn()

/** A request with these claims, signed in unless it is said otherwise, after the middleware. */
function requestWith(claims: Record<string, unknown>, isAuthenticated = true): RelyingPartyRequest {
  const oidc = { isAuthenticated, [authentication]: () => ({ report }) }
  return Object.assign(requestOf({ url: '/tenants/acme' }), { user: { claims, scope: 'openid' }, oidc }) as never
}

/** What the guard gives to `next`: one entry a call. */
async function passes(guard: Middleware, request: RelyingPartyRequest, response = new ServerResponse(request)) {
  const next = vi.fn()
  guard(request, response, next)
  await new Promise(setImmediate)
  return next.mock.calls
}

/** `true`, or the code of the error that refuses. */
async function verdict(guard: Middleware, claims: Record<string, unknown>): Promise<unknown> {
  const calls = await passes(guard, requestWith(claims))
  expect(calls).toHaveLength(1)
  const [[error] = []] = calls
  return error === undefined ? true : (error as RelyingPartyError).code
}

const missing = 'an environment variable is not set'
const allowed = 'a string that is not empty, a finite number, a boolean, a list of these, or a function'

/** The expected value, and what the error says about it. */
const wrongExpectations: readonly (readonly [what: string, given: readonly unknown[], said: string])[] = [
  ['nothing', [], missing],
  ['undefined, as of an environment variable that is not set', [process.env['NO_SUCH_VARIABLE']], missing],
  ['null', [null], 'has a type'],
  ['an empty text', [''], 'is an empty string'],
  ['not a number', [Number.NaN], 'not finite'],
  ['infinity', [Number.POSITIVE_INFINITY], 'not finite'],
  ['an empty list', [[]], 'the list of expected values is empty'],
  ['a list of undefined', [[undefined]], missing],
  ['a list with undefined in it', [['admins', undefined]], missing],
  // biome-ignore lint/suspicious/noSparseArray: from JavaScript it may have a hole
  ['a list with a hole', [['admins', , 'staff']], missing],
  ['a list with an empty text', [['admins', '']], 'is an empty string'],
  ['a list with null', [['admins', null]], 'has a type'],
  ['a list with not a number', [[Number.NaN]], 'not finite'],
  ['a list in a list', [[['admins']]], 'is a list itself'],
  ['a list with a function', [[() => true]], 'has a type'],
  ['a regular expression', [/admins/], 'is a regular expression: write a function'],
  ['a promise', [Promise.resolve('admins')], 'is a promise: await it'],
  ['an object', [{ value: 'admins' }], 'has a type'],
  ['a Set', [new Set(['admins'])], 'has a type'],
  ['a text as an object', [new String('admins')], 'has a type'],
  ['a boolean as an object', [new Boolean(true)], 'has a type'],
  ['a symbol', [Symbol('admins')], 'has a type'],
  ['a big integer', [5n], 'has a type'],
]

describe('requireClaim', () => {
  it.each(wrongExpectations)('is not made with %s as the expected value: ERR_RP_OPTIONS', (_what, given, said) => {
    for (const name of ['groups', ['realm_access', 'roles']]) {
      const { message } = refusalOf(() => anyClaim(name, ...given))
      expect(message).toMatch(/^requireClaim\(\): the /)
      expect(message).toContain(said)
      expect(message).toContain(allowed)
    }
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty text', ''],
    ['an empty list', []],
    ['a list with an empty text', ['realm_access', '']],
    ['a list with undefined', ['realm_access', undefined]],
    // biome-ignore lint/suspicious/noSparseArray: from JavaScript it may have a hole
    ['a list with a hole', ['realm_access', , 'roles']],
    ['a list in a list', [['realm_access', 'roles']]],
    ['a number', 5],
    ['an object', { name: 'groups' }],
    ['a function', () => 'groups'],
  ])('is not made with %s as the name of the claim: ERR_RP_OPTIONS', (_what, name) => {
    expect(refusalOf(() => anyClaim(name, 'admins')).message).toContain("such as 'groups'")
  })

  it('does not repeat the value that it was given', () => {
    for (const value of [['MARKED', undefined], { MARKED: 'MARKED' }, /MARKED/, [['MARKED']]]) {
      expect(refusalOf(() => anyClaim('groups', value)).message).not.toContain('MARKED')
    }
  })

  it.each<[what: string, expected: unknown, value: unknown, isEnough: boolean]>([
    ['an equal text', 'a', 'a', true],
    ['an equal number', 3, 3, true],
    ['zero', 0, 0, true],
    ['an equal boolean', false, false, true],
    ['a member of a list', 'a', ['b', 'a'], true],
    ['one of the expected values', ['b', 3, 'a'], 'a', true],
    ['one of the expected values in a list', ['b', 3], ['c', 3], true],
    ['a number for a text', '3', 3, false],
    ['a text for a number', 3, '3', false],
    ['a text for a boolean', true, 'true', false],
    ['a number for a boolean', true, 1, false],
    ['a part of a text', 'a', 'ab', false],
    ['another case', 'admins', 'Admins', false],
    ['a scope-like text', 'a', 'a b', false],
    ['a list in a list', 'a', [['a']], false],
    ['an object with such a member', 'a', { a: 'a' }, false],
    ['null', 'a', null, false],
    ['null for a boolean', false, null, false],
    ['an empty list', 'a', [], false],
    ['none of the expected values', ['b', 3], ['c', '3'], false],
  ])('compares strictly: %s (%j and the claim %j): %s', async (_what, expected, value, isEnough) => {
    const outcome = isEnough ? true : 'ERR_RP_CLAIM_REQUIRED'
    expect(await verdict(anyClaim('claim', expected), { claim: value })).toBe(outcome)
    expect(await verdict(anyClaim('claim', expected), { other: value })).toBe('ERR_RP_CLAIM_REQUIRED')
  })

  it('does not follow a list that the app changes later', async () => {
    const expected = ['admins']
    const path = ['realm_access', 'roles']
    const guard = requireClaim(path, expected)
    expected.push('staff')
    path.pop()
    expect(await verdict(guard, { realm_access: { roles: 'staff' } })).toBe('ERR_RP_CLAIM_REQUIRED')
    expect(await verdict(guard, { realm_access: { roles: 'admins' } })).toBe(true)
  })
})

describe('requireClaim with a function', () => {
  afterEach(() => report.mockClear())

  type Settle = (value: unknown) => void
  const withThen = (then: PropertyDescriptor) => Object.defineProperty({}, 'then', then)
  const thenable = (value: unknown) => withThen({ value: (resolve: Settle) => resolve(value) })

  it.each<[what: string, answer: () => unknown, isEnough: boolean]>([
    ['true', () => true, true],
    ['a promise of true', async () => true, true],
    ['a thenable of true', () => thenable(true), true],
    ['false', () => false, false],
    ['a promise of false', async () => false, false],
    ['a thenable of false', () => thenable(false), false],
    ['nothing', () => undefined, false],
    ['1', () => 1, false],
    ['a text', () => 'true', false],
    ['an object', () => ({}), false],
    ['a boolean as an object', () => new Boolean(true), false],
    ['a promise of 1', async () => 1, false],
    ['a promise of a function', async () => () => true, false],
  ])('that answers %s lets pass: only true does', async (_what, answer, isEnough) => {
    const outcome = isEnough ? true : 'ERR_RP_CLAIM_REQUIRED'
    expect(await verdict(anyClaim('groups', answer), { groups: ['staff'] })).toBe(outcome)
    expect(await verdict(anyClaim('groups', answer), {})).toBe(outcome)
    expect(report).not.toHaveBeenCalled()
  })

  it('gets the value, all claims and the request', async () => {
    const predicate = vi.fn(() => true)
    const request = requestWith({ realm_access: { roles: ['editor'] }, sub: 'alice' })
    await passes(requireClaim(['realm_access', 'roles'], predicate), request)
    expect(predicate.mock.calls).toEqual([[['editor'], request.user?.claims, request]])
  })

  const failure = new Error('the directory is down')
  it.each<[what: string, predicate: () => unknown, cause: unknown]>([
    [
      'throws',
      () => {
        throw failure
      },
      failure,
    ],
    ['rejects', () => Promise.reject(failure), failure],
    [
      'answers a thenable that rejects',
      () => withThen({ value: (_resolve: Settle, reject: Settle) => reject(failure) }),
      failure,
    ],
    [
      'answers a thenable that throws',
      () =>
        withThen({
          get() {
            throw failure
          },
        }),
      failure,
    ],
    ['rejects with nothing', () => Promise.reject(undefined), undefined],
    ['rejects with a text', () => Promise.reject('down'), 'down'],
    ['is a class', class {} as never, expect.any(TypeError)],
  ])('that %s lets no one pass: ERR_RP_CLAIM_PREDICATE, and the log has it', async (_what, predicate, cause) => {
    const calls = await passes(anyClaim('groups', predicate), requestWith({ groups: ['admins'] }))
    const [[error] = []] = calls
    expect(calls).toHaveLength(1)
    expect(error).toMatchObject({ code: 'ERR_RP_CLAIM_PREDICATE', status: 500, expose: false })
    expect((error as RelyingPartyError).cause).toEqual(cause)
    expect(report.mock.calls).toEqual([[error, 'requireClaim()']])
  })

  it('passes an error of ours on as the cause too, as it is', async () => {
    const own = new RelyingPartyError('ERR_RP_STORE', { message: 'x' })
    const [[error] = []] = await passes(
      anyClaim('groups', () => Promise.reject(own)),
      requestWith({}),
    )
    expect(error).toMatchObject({ code: 'ERR_RP_CLAIM_PREDICATE' })
    expect((error as RelyingPartyError).cause).toBe(own)
  })

  it('is not called for a signed-out user, nor for a user of whom there are no claims', async () => {
    const predicate = vi.fn(() => true)
    const answered = vi.fn()
    const guard = requireClaim('groups', predicate, { onUnauthenticated: answered })
    expect(await passes(guard, requestWith({}, false))).toEqual([])
    expect(answered).toHaveBeenCalledOnce()
    const replaced = Object.assign(requestWith({}), { user: { id: 7 } }) as never
    expect(await passes(guard, replaced)).toEqual([[expect.objectContaining({ code: 'ERR_RP_CLAIM_REQUIRED' })]])
    expect(predicate).not.toHaveBeenCalled()
  })

  it.each([
    ['lets pass', () => true],
    ['refuses', () => false],
    ['fails', () => Promise.reject(failure)],
  ])('does not go on when the response ended while it ran, whether it %s', async (_what, answer) => {
    const request = requestWith({})
    const response = new ServerResponse(request)
    const guard = anyClaim('groups', async () => {
      response.end('too late')
      return await answer()
    })
    expect(await passes(guard, request, response)).toEqual([])
  })

  it('does not let pass when the login ended while it ran: the request is signed out', async () => {
    const request = requestWith({})
    const answered = vi.fn()
    const predicate = async () => {
      Object.assign(request.oidc as object, { isAuthenticated: false })
      return true
    }
    expect(await passes(requireClaim('groups', predicate, { onUnauthenticated: answered }), request)).toEqual([])
    expect(answered).toHaveBeenCalledOnce()
  })

  it('that never settles leaves the request waiting', async () => {
    const guard = requireClaim('groups', () => new Promise<boolean>(() => undefined))
    expect(await passes(guard, requestWith({}))).toEqual([])
  })
})

describe('requireScope', () => {
  it.each<[what: string, scopes: readonly unknown[], said: string]>([
    ['no scope', [], 'at least one scope'],
    ['undefined, as of an environment variable that is not set', [process.env['NO_SUCH_VARIABLE']], 'not be set'],
    ['undefined behind a scope', ['openid', undefined], 'not be set'],
    ['null', [null], 'must be a string'],
    ['an empty text', [''], 'must be a string'],
    ['two scopes in one text', ['orders:read orders:write'], "requireScope('orders:read', 'orders:write')"],
    ['a text with a space at its end', ['openid '], 'white space'],
    ['a list', [['openid', 'email']], 'is a list'],
    ['a number', [5], 'must be a string'],
    ['a function', [() => true], 'must be a string'],
    ['a letter that no scope has (RFC 6749 section 3.3)', ['gr\u00f6sse'], 'RFC 6749 section 3.3'],
    ['a quote (RFC 6749 section 3.3)', ['a"b'], 'RFC 6749 section 3.3'],
    ['a backslash (RFC 6749 section 3.3)', ['a\\b'], 'RFC 6749 section 3.3'],
  ])('is not made with %s: ERR_RP_OPTIONS', (_what, scopes, said) => {
    const { message } = refusalOf(() => anyScope(...scopes))
    expect(message).toMatch(/^requireScope\(\): /)
    expect(message).toContain(said)
  })

  it('is made with any scope-token', async () => {
    expect(await passes(requireScope('openid'), requestWith({}))).toEqual([[]])
    const guard = requireScope('https://api.example/.default', "a!#$%&'()*+,-./:;<=>?@[]^_`{|}~")
    expect(await passes(guard, requestWith({}))).toEqual([[expect.objectContaining({ code: 'ERR_RP_CLAIM_REQUIRED' })]])
  })
})
