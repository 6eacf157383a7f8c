// V1, V25, V40: whoever can make a browser load a URL starts logins with the providers, targets and parameters that we allow.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

const options = { routes: { initiateLogin: '/initiate-login' } }

type Parameters = [name: string, value: string][]

describe.each(setups)('a login that a stranger starts, on $name', (setup) => {
  const fixture = useProviderAndApp({ setup, options })
  const ask = (parameters: Parameters, headers: Record<string, string | undefined> = {}) =>
    new TestBrowser().get(`${fixture.app.url}/initiate-login?${new URLSearchParams(parameters)}`, { headers })
  const post = (parameters: Parameters, headers: Record<string, string | undefined> = {}) =>
    new TestBrowser().post(`${fixture.app.url}/initiate-login`, new URLSearchParams(parameters), { headers })

  function expectRefused({ status, text, headers }: Awaited<ReturnType<typeof ask>>, code: string): void {
    const { app, provider } = fixture
    expect(status).toBe(400)
    expect(app.errors).toMatchObject([{ code }])
    expect(text).toContain(code)
    expect(text + String((app.errors[0] as Error).message)).not.toContain('evil')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('location')).toBeNull()
    expect(headers.getSetCookie()).toEqual([])
    expect(provider.requests).toEqual([])
    app.errors.length = 0
  }

  it('at an issuer of their own is refused, by GET and by POST, and that issuer is not asked (SSRF, threat V40)', async () => {
    const asked: (string | undefined)[] = []
    const stranger = createServer((request, response) => {
      asked.push(request.url)
      response.end('{}')
    })
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    const iss = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`
    expectRefused(await ask([['iss', iss]]), 'ERR_RP_PROVIDER_UNKNOWN')
    expectRefused(await post([['iss', iss]]), 'ERR_RP_PROVIDER_UNKNOWN')
    stranger.close()
    expect(asked).toEqual([])
  })

  it.each<[string, (issuer: string) => Parameters]>([
    ['no iss', () => []],
    ['an empty iss', () => [['iss', '']]],
    ['an iss that only begins like ours', (issuer) => [['iss', `${issuer}.evil.example`]]],
    ['an iss below ours', (issuer) => [['iss', `${issuer}/evil`]]],
    ['an iss with two slashes too many', (issuer) => [['iss', `${issuer}//`]]],
    ['an iss in capitals', (issuer) => [['iss', issuer.toUpperCase()]]],
    ['a huge iss', () => [['iss', `https://evil.example/${'a'.repeat(10_000)}`]]],
  ])('with %s is refused', async (_what, parameters) => {
    expectRefused(await ask(parameters(fixture.provider.issuer)), 'ERR_RP_PROVIDER_UNKNOWN')
    expectRefused(await post(parameters(fixture.provider.issuer)), 'ERR_RP_PROVIDER_UNKNOWN')
  })

  it.each<[string, (issuer: string) => Parameters]>([
    [
      'two iss, ours first',
      (issuer) => [
        ['iss', issuer],
        ['iss', 'https://evil.example'],
      ],
    ],
    [
      'two iss, ours last',
      (issuer) => [
        ['iss', 'https://evil.example'],
        ['iss', issuer],
      ],
    ],
    [
      'two equal iss',
      (issuer) => [
        ['iss', issuer],
        ['iss', issuer],
      ],
    ],
    [
      'two login_hint',
      (issuer) => [
        ['iss', issuer],
        ['login_hint', 'evil'],
        ['login_hint', 'a'],
      ],
    ],
    [
      'two target_link_uri',
      (issuer) => [
        ['iss', issuer],
        ['target_link_uri', '/a'],
        ['target_link_uri', '/b'],
      ],
    ],
    [
      'a huge login_hint',
      (issuer) => [
        ['iss', issuer],
        ['login_hint', 'evil'.repeat(300)],
      ],
    ],
  ])('with %s is refused (threat V24)', async (_what, parameters) => {
    expectRefused(await ask(parameters(fixture.provider.issuer)), 'ERR_RP_RESPONSE_INVALID')
    expectRefused(await post(parameters(fixture.provider.issuer)), 'ERR_RP_RESPONSE_INVALID')
  })

  it.each([
    ['a body that is no form', { 'content-type': 'text/plain' }],
    ['a body of JSON', { 'content-type': 'application/json' }],
  ])('by a POST with %s is refused', async (_what, headers) => {
    expectRefused(await post([['iss', fixture.provider.issuer]], headers), 'ERR_RP_RESPONSE_INVALID')
  })

  it('by a POST larger than any is refused, and the connection ends (threat V30)', async () => {
    const page = await post(
      [
        ['iss', fixture.provider.issuer],
        ['login_hint', 'a'.repeat(70_000)],
      ],
      { connection: 'keep-alive' },
    )
    expect(page.headers.get('connection')).toBe('close')
    expectRefused(page, 'ERR_RP_RESPONSE_INVALID')
  })

  it.each([
    ['a frame', { 'sec-fetch-dest': 'iframe' }],
    ['an image', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['a fetch()', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    ['a prefetch', { 'sec-purpose': 'prefetch;prerender' }],
  ])('in %s is refused: nobody is signed in behind their back (section 4, clickjacking)', async (_what, headers) => {
    const page = await ask([['iss', fixture.provider.issuer]], headers)
    expect(page.status).toBe(401)
    expect(page.headers.getSetCookie()).toEqual([])
    expect(fixture.provider.requests).toEqual([])
  })

  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    'https://evil.example\\@HOST/',
    'http://HOST@evil.example/',
    'http://user@HOST/orders',
    'http://HOST//evil.example',
    'http://HOST/\\evil.example',
    'http://HOST/%5Cevil.example',
    'http://HOST/.//evil.example',
    'http://HOST\\orders',
    'javascript:alert(1)',
  ])('with the target %j ends at the start page (section 4, RFC 9700 section 4.11.1)', async (target) => {
    const { app, provider } = fixture
    const query: Parameters = [
      ['iss', provider.issuer],
      ['target_link_uri', target.replace('HOST', new URL(app.url).host)],
    ]
    const address = `${app.url}/initiate-login`
    const byGet = await new TestBrowser().follow(`${address}?${new URLSearchParams(query)}`)
    expect(byGet.url).toBe(`${app.url}/`)
    const byPost = await new TestBrowser().follow(address, { form: new URLSearchParams(query) })
    expect(byPost.url).toBe(`${app.url}/`)
  })

  it('with a forged host, and a target there, ends at our own start page (threat V4)', async () => {
    const { app, provider } = fixture
    const browser = new TestBrowser()
    const forged = { headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' } }
    const query = new URLSearchParams({ iss: provider.issuer, target_link_uri: 'http://evil.example/orders' })
    const login = await browser.get(`${app.url}/initiate-login?${query}`, forged)
    const callback = await browser.get(login.headers.get('location') ?? '')
    expect(callback.headers.get('location')).toMatch(`${app.url}/callback?`)
    expect((await browser.get(callback.headers.get('location') ?? '')).headers.get('location')).toBe('/')
    const posted = await new TestBrowser().post(`${app.url}/initiate-login`, Object.fromEntries(query), forged)
    expect(posted.headers.get('location')).toBe(`/initiate-login?${new URLSearchParams({ iss: provider.issuer })}`)
  })
})
