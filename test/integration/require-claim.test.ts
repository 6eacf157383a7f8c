// Signed in but not allowed is 403, as a page or as problem+json, and never another login (invariant 11).
import { describe, expect, it, vi } from 'vitest'
import { type HttpRequest, type RequireAuthOptions, requireAuth, requireClaim, requireScope } from '../../src/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

const handler = vi.fn((_request: unknown, response: { end(text: string): void }) => response.end('secret'))

const claims = {
  groups: ['staff', 'buyers'],
  level: 3,
  vip: true,
  role: 'clerk',
  realm_access: { roles: ['editor'] },
  nested: [['deep']],
}

/** A tenant in the path, as `request.params` of Express has it. */
const tenantOf = ({ originalUrl }: HttpRequest) => new URLSearchParams(originalUrl?.split('?')[1]).get('tenant')
const isOfTenant = async (groups: unknown, _claims: unknown, request: HttpRequest) => {
  return Array.isArray(groups) && groups.includes(tenantOf(request))
}
const failure = new Error('the directory is down')

const allowed = {
  'a member of a list': requireClaim('groups', 'buyers'),
  'a text': requireClaim('role', 'clerk'),
  'a number': requireClaim('level', 3),
  'a truth': requireClaim('vip', true),
  'a member of a list in an object': requireClaim(['realm_access', 'roles'], 'editor'),
  'what a function accepts': requireClaim('level', (level, { vip }) => Number(level) > 2 && vip === true),
  'the absence of a claim, by a function': requireClaim('suspended', (value) => value === undefined),
  'one of several values': requireClaim('groups', ['admins', 'buyers']),
  'one of several values of several types': requireClaim('level', ['high', 3, true]),
  'what an async function accepts': requireClaim('level', async (level) => Number(level) > 2),
  'a scope': requireScope('email'),
  'all of several scopes': requireScope('openid', 'email'),
}

const refused = {
  'another member': requireClaim('groups', 'admins'),
  'a part of a text': requireClaim('role', 'cler'),
  'a number as a text': requireClaim('level', '3'),
  'a claim that is not there': requireClaim('department', 'sales'),
  'an inherited member': requireClaim('constructor', (value) => value !== undefined),
  'a member of a text': requireClaim(['role', 'length'], 5),
  'a name across objects': requireClaim('realm_access.roles', 'editor'),
  'what a function refuses': requireClaim('level', () => false),
  'none of several values': requireClaim('groups', ['admins', 'auditors']),
  'a member of a list in a list': requireClaim('nested', 'deep'),
  'what an async function refuses': requireClaim('level', async () => false),
  'what a function accepts with another value than true': requireClaim('level', (() => 'yes') as never),
  'a scope that was not granted': requireScope('orders:write'),
  'one of two scopes': requireScope('email', 'orders:write'),
  'a part of a scope': requireScope('mail'),
}

const path = (name: string) => `/${name.replaceAll(/\W+/g, '-')}`
const guards = Object.entries({ ...allowed, ...refused })

const endsTheResponse = async (_value: unknown, _claims: unknown, request: { res?: { end(text: string): void } }) => {
  answered.get(request)?.end('timeout')
  return true
}
const answered = new WeakMap<object, { end(text: string): void }>()

/** What a timeout of the app knows. */
function rememberResponse(request: object, response: { end(text: string): void }, next: () => void): void {
  answered.set(request, response)
  next()
}

describe.each(setups)('requireClaim and requireScope on $name', (setup) => {
  const fixture = useProviderAndApp({
    setup,
    options: { scope: 'openid email' },
    before: [rememberResponse],
    routes: [
      ...guards.map(([name, guard]) => [path(name), guard, handler] as const),
      ['/tenant', requireClaim('groups', isOfTenant), handler],
      ['/down', requireClaim('groups', () => Promise.reject(failure)), handler],
      ['/ended', requireClaim('groups', endsTheResponse as never), handler],
    ],
  })

  async function signedIn(): Promise<TestBrowser> {
    fixture.provider.misbehave({ idToken: { claims } })
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    return browser
  }

  it.each(Object.keys(allowed))('lets %s pass', async (name) => {
    const page = await (await signedIn()).get(fixture.app.url + path(name))
    expect([page.status, page.text]).toEqual([200, 'secret'])
  })

  it.each(Object.keys(refused))(
    'answers %s with 403: a page, no redirect, and the handler does not run',
    async (name) => {
      const browser = await signedIn()
      handler.mockClear()
      const page = await browser.get(fixture.app.url + path(name))
      expect([page.status, page.headers.get('cache-control')]).toEqual([403, 'no-store'])
      expect(page.text).toContain('You are not allowed to do this')
      expect(page.text).not.toContain('Sign in')
      expect(handler).not.toHaveBeenCalled()
      expect(fixture.app.errors).toMatchObject([{ code: 'ERR_RP_CLAIM_REQUIRED' }])
    },
  )

  it('answers a program with 403 problem+json', async () => {
    const headers = { accept: 'application/json' }
    const page = await (await signedIn()).get(fixture.app.url + path('another member'), { headers })
    expect(page.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    expect(page.json()).toMatchObject({ status: 403, code: 'ERR_RP_CLAIM_REQUIRED' })
  })

  it('lets a function decide by the request: a tenant in the URL', async () => {
    const browser = await signedIn()
    expect((await browser.get(`${fixture.app.url}/tenant?tenant=buyers`)).text).toBe('secret')
    expect((await browser.get(`${fixture.app.url}/tenant?tenant=other`)).status).toBe(403)
  })

  it('answers 500 when the function rejects, logs its error, and the handler does not run', async () => {
    const browser = await signedIn()
    handler.mockClear()
    const page = await browser.get(`${fixture.app.url}/down`)
    expect([page.status, page.headers.get('cache-control')]).toEqual([500, 'no-store'])
    expect(handler).not.toHaveBeenCalled()
    expect(fixture.app.errors).toMatchObject([{ code: 'ERR_RP_CLAIM_PREDICATE', cause: failure }])
    expect(fixture.app.log.lines).toMatchObject([
      {
        level: 'error',
        code: 'ERR_RP_CLAIM_PREDICATE',
        status: 500,
        route: 'requireClaim()',
        causes: ['Error: the directory is down'],
        reference: expect.any(String),
      },
    ])
  })

  it('does not go on when the request was answered while the function ran', async () => {
    const browser = await signedIn()
    handler.mockClear()
    expect((await browser.get(`${fixture.app.url}/ended`)).text).toBe('timeout')
    expect([handler.mock.calls, fixture.app.errors]).toEqual([[], []])
  })

  it('does not ask the function about who is signed out', async () => {
    expect((await new TestBrowser().get(`${fixture.app.url}/down`)).status).toBe(302)
    expect(fixture.app.log.lines).toEqual([])
  })

  it('sends who is signed out to login, and answers fetch() with 401', async () => {
    const url = fixture.app.url + path('a member of a list')
    expect((await new TestBrowser().get(url)).status).toBe(302)
    const headers = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
    expect((await new TestBrowser().get(url, { headers })).status).toBe(401)
  })
})

describe.each(setups)('onUnauthenticated on $name', (setup) => {
  const own = vi.fn((_request: unknown, response: { statusCode: number; end(text: string): void }) => {
    response.statusCode = 418
    response.end('own answer')
  })
  const fixture = useProviderAndApp({
    setup,
    routes: [
      ['/always-redirect', requireAuth({ onUnauthenticated: 'redirect' }), handler],
      ['/never-redirect', requireAuth({ onUnauthenticated: 'unauthorized' }), handler],
      ['/own-answer', requireClaim('role', 'clerk', { onUnauthenticated: own as never }), handler],
      ['/own-failure', requireAuth({ onUnauthenticated: (() => Promise.reject(failure)) as never }), handler],
    ],
  })

  const fetchHeaders = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }

  it.each([
    ['/always-redirect', {}, 302],
    ['/always-redirect', fetchHeaders, 302],
    ['/never-redirect', {}, 401],
    ['/never-redirect', fetchHeaders, 401],
    ['/own-answer', {}, 418],
  ])('at %s answers a request with %j by %d', async (route, headers, status) => {
    handler.mockClear()
    expect((await new TestBrowser().get(fixture.app.url + route, { headers })).status).toBe(status)
    expect(handler).not.toHaveBeenCalled()
  })

  it('of an async function that rejects is an error of the request, and does not end the process', async () => {
    handler.mockClear()
    expect((await new TestBrowser().get(`${fixture.app.url}/own-failure`)).status).toBe(500)
    expect(fixture.app.errors).toEqual([failure])
    expect(handler).not.toHaveBeenCalled()
  })

  it('lets who is signed in pass', async () => {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/always-redirect`)
    expect((await browser.get(`${fixture.app.url}/never-redirect`)).text).toBe('secret')
  })
})

describe('guards made wrongly', () => {
  it.each([
    ['requireClaim without a name', () => requireClaim('', 'x')],
    ['requireClaim with an empty list of names', () => requireClaim([], 'x')],
    ['requireScope without a scope', () => requireScope()],
    [
      'requireAuth with another word',
      () => requireAuth({ onUnauthenticated: 'ignore' } as unknown as RequireAuthOptions),
    ],
  ])('throw ERR_RP_OPTIONS: %s', (_what, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_RP_OPTIONS' }))
  })
})
