// V24, V29, V30: nobody but the provider can sign people out by its back channel, and no flood of tokens does harm.
import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestProvider, TestBrowser, type TestProvider } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'

const event = 'http://schemas.openid.net/event/backchannel-logout'
const nowAt = () => Math.floor(Date.now() / 1000)

/** A compact JWS by whatever signs. */
function jws(header: object, claims: object, signer: (input: string) => Buffer): string {
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${signer(input).toString('base64url')}`
}

describe('a Logout Token that is not one of the provider for us', () => {
  const fixture = useProviderAndApp({
    provider: { clients: [{ clientId: 'test-client' }, { clientId: 'other-client' }] },
  })
  let browser: TestBrowser
  let other: TestProvider

  beforeAll(async () => {
    other = await startTestProvider()
    browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
  })
  afterAll(() => other.close())

  async function post(parameters: Record<string, string> | string): Promise<Response> {
    const body = new URLSearchParams(parameters)
    return await fetch(`${fixture.app.url}/backchannel-logout`, { method: 'POST', body })
  }

  async function expectRefused(token: string): Promise<void> {
    const response = await post({ logout_token: token })
    expect([response.status, response.headers.get('cache-control')]).toEqual([400, 'no-store'])
    const answer = await response.text()
    for (const part of token.split('.').filter(({ length }) => length > 8)) expect(answer).not.toContain(part)
    expect((await browser.get(`${fixture.app.url}/whoami`)).json()).toMatchObject({ sub: 'test-user' })
  }

  it.each<[what: string, claims: Record<string, unknown>, header?: Record<string, unknown>]>([
    ['no iss', { iss: undefined }],
    ['the iss of another', { iss: 'https://evil.example' }],
    ['no aud', { aud: undefined }],
    ['the aud of another client of the provider', { aud: 'other-client' }],
    ['no iat', { iat: undefined }],
    ['an iat in the future, which would lock the person out for long', { iat: nowAt() + 3600, exp: nowAt() + 7200 }],
    ['an old iat', { iat: nowAt() - 3600, exp: undefined }],
    ['an old iat and a late exp', { iat: nowAt() - 3600, exp: nowAt() + 3600 }],
    ['an exp that has passed', { exp: nowAt() - 60 }],
    ['no jti: it could be sent for ever', { jti: undefined }],
    ['no events', { events: undefined }],
    ['events of another kind', { events: { 'https://schemas.example/other': {} } }],
    ['an event that is no object', { events: { [event]: 'x' } }],
    ['a nonce', { nonce: 'n' }],
    ['neither sid nor sub', { sub: undefined }],
    ['an empty sid', { sid: '' }],
    ['the typ of an access token', {}, { typ: 'at+jwt' }],
    ['the alg none', {}, { alg: 'none' }],
    ['the kid of a key of nobody', {}, { kid: 'of-nobody' }],
    ['another alg than was agreed on', {}, { alg: 'RS512' }],
  ])('is refused with %s (threat V29)', async (_what, claims, header) => {
    await expectRefused(fixture.provider.logoutToken(claims, header))
  })

  it('is refused unsigned (alg none)', async () => {
    const [, payload] = fixture.provider.logoutToken().split('.')
    const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'logout+jwt' })).toString('base64url')
    await expectRefused(`${header}.${payload}.`)
  })

  it('is refused signed by a key of nobody, under the kid of the published one', async () => {
    const { provider } = fixture
    const [header = '', payload = ''] = provider.logoutToken().split('.')
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    await expectRefused(
      `${header}.${payload}.${sign('sha256', Buffer.from(`${header}.${payload}`), privateKey).toString('base64url')}`,
    )
  })

  it('is refused with a key of its own in its header (jwk)', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const [, payload = ''] = fixture.provider.logoutToken().split('.')
    const header = { alg: 'RS256', typ: 'logout+jwt', jwk: publicKey.export({ format: 'jwk' }) }
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    await expectRefused(jws(header, claims, (input) => sign('sha256', Buffer.from(input), privateKey)))
  })

  it('is refused signed by HS256 with the public key as its secret (RFC 8725 section 2.1)', async () => {
    const { provider } = fixture
    const { keys } = (await (await fetch(`${provider.issuer}/jwks`)).json()) as {
      keys: (JsonWebKey & { kid: string })[]
    }
    const [key] = keys
    if (key === undefined) throw new TypeError('no key')
    const secret = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    const [, payload = ''] = provider.logoutToken().split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const header = { alg: 'HS256', typ: 'logout+jwt', kid: key.kid }
    await expectRefused(jws(header, claims, (input) => createHmac('sha256', secret).update(input).digest()))
  })

  it('is refused with one claim changed under a right signature', async () => {
    const [header, payload = '', signature] = fixture.provider.logoutToken({ sub: 'bob' }).split('.')
    const claims = { ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), sub: 'test-user' }
    await expectRefused(`${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`)
  })

  it("is refused of another provider, and in another provider's name", async () => {
    await expectRefused(other.logoutToken())
    await expectRefused(other.logoutToken({ iss: fixture.provider.issuer }))
  })

  it('is refused when it is the ID token of the login: that one is in many hands', async () => {
    const { idToken } = (await browser.get(`${fixture.app.url}/whoami`)).json() as { idToken: string }
    await expectRefused(idToken)
  })

  it.each([
    ['of one right and one wrong', (right: string) => `logout_token=${right}&logout_token=a`],
    ['of one wrong and one right', (right: string) => `logout_token=a&logout_token=${right}`],
    ['of the same twice', (right: string) => `logout_token=${right}&logout_token=${right}`],
  ])('is refused as a pair %s (threat V24)', async (_what, parameters) => {
    expect((await post(parameters(fixture.provider.logoutToken()))).status).toBe(400)
    expect((await browser.get(`${fixture.app.url}/whoami`)).json()).toMatchObject({ sub: 'test-user' })
  })

  it('is not taken from the query, which ends in logs', async () => {
    const query = new URLSearchParams({ logout_token: fixture.provider.logoutToken() })
    const url = `${fixture.app.url}/backchannel-logout?${query}`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await fetch(url, { method: 'POST', headers, body: '' })).status).toBe(400)
    expect((await browser.get(`${fixture.app.url}/whoami`)).json()).toMatchObject({ sub: 'test-user' })
  })

  it('does not make us ask for keys again and again by kids of nobody (threat V41)', async () => {
    const { provider } = fixture
    provider.requests.length = 0
    for (let count = 0; count < 10; count++) {
      await post({ logout_token: provider.logoutToken({}, { kid: `of-nobody-${count}` }) })
    }
    expect(provider.requestsTo('jwks').length).toBeLessThanOrEqual(1)
  })
})

describe('a Logout Token that was seen on its way', () => {
  const fixture = useProviderAndApp()

  async function post(token: string): Promise<number> {
    const body = new URLSearchParams({ logout_token: token })
    return (await fetch(`${fixture.app.url}/backchannel-logout`, { method: 'POST', body })).status
  }

  async function signedIn(): Promise<TestBrowser> {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    return browser
  }

  it('works once: the person who signs in again stays signed in (threat V29)', async () => {
    const token = fixture.provider.logoutToken()
    expect(await post(token)).toBe(200)
    const browser = await signedIn()
    expect(await post(token)).toBe(400)
    expect((await browser.get(`${fixture.app.url}/whoami`)).json()).not.toBeNull()
  })

  it('may work for several of one moment, which end the same logins, and for none after it', async () => {
    const token = fixture.provider.logoutToken()
    const statuses = await Promise.all(Array.from({ length: 8 }, () => post(token)))
    expect(statuses).toContain(200)
    const browser = await signedIn()
    expect(await post(token)).toBe(400)
    expect((await browser.get(`${fixture.app.url}/whoami`)).text).not.toBe('null')
  })

  it('works once under another signature over the same claims too: the jti counts', async () => {
    const claims = { jti: 'the-same-jti', iat: nowAt() }
    expect(await post(fixture.provider.logoutToken(claims))).toBe(200)
    expect(await post(fixture.provider.logoutToken({ ...claims, foo: 'bar' }))).toBe(400)
  })

  it('does not use up the jti when it is forged: the right one with that jti still works', async () => {
    const { provider } = fixture
    const browser = await signedIn()
    const claims = { jti: 'a-guessed-jti' }
    expect(await post(provider.logoutToken(claims, { kid: 'of-nobody' }))).toBe(400)
    expect(await post(provider.logoutToken({ ...claims, aud: 'another' }))).toBe(400)
    expect(await post(provider.logoutToken(claims))).toBe(200)
    expect((await browser.get(`${fixture.app.url}/whoami`)).json()).toBeNull()
  })
})

describe('a flood of bodies at the back channel', () => {
  const fixture = useProviderAndApp()

  /** Sends raw bytes, without an end, and gives what came back until the connection was closed. */
  async function exchange(head: string, rest: string | Buffer): Promise<string> {
    const { hostname, port } = new URL(fixture.app.url)
    const socket = connect(Number(port), hostname)
    socket.write(`POST /backchannel-logout HTTP/1.1\r\nHost: ${hostname}\r\n${head}\r\n\r\n`)
    socket.write(rest)
    return await text(socket)
  }

  const form = 'Content-Type: application/x-www-form-urlencoded'

  it('is refused by its announced length, before it has come, and the connection is closed (threat V30)', async () => {
    const answer = await exchange(`${form}\r\nContent-Length: 1000000000`, 'logout_token=a')
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toMatch(/cache-control: no-store/i)
    expect(answer).toMatch(/connection: close/i)
  })

  it('is refused at 64 kB when no length was announced, and the connection is closed (threat V30)', async () => {
    const size = 64 * 1024 + 1
    const chunk = `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`
    expect(await exchange(`${form}\r\nTransfer-Encoding: chunked`, chunk)).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('holds nobody up when it drips: others are served, and it is cut off (threat V30)', async () => {
    const { app, provider } = fixture
    const state = { isCutOff: false }
    const dripping = exchange(`${form}\r\nContent-Length: 100`, 'logout_token=ey').finally(() => {
      state.isCutOff = true
    })
    const body = new URLSearchParams({ logout_token: provider.logoutToken() })
    expect((await fetch(`${app.url}/backchannel-logout`, { method: 'POST', body })).status).toBe(200)
    expect(state.isCutOff).toBe(false)
    expect(await dripping).toMatch(/^HTTP\/1\.1 400 /)
  })

  it.each([
    ['another type', 'Content-Type: application/json'],
    ['a multipart form', 'Content-Type: multipart/form-data; boundary=a'],
    ['no type', 'X-None: 1'],
  ])('is refused with %s, unread', async (_what, type) => {
    expect(await exchange(`${type}\r\nContent-Length: 1000`, 'a')).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('is refused with a token of more than 16 kB, however right it is (threat V30)', async () => {
    const { app, provider } = fixture
    const body = new URLSearchParams({ logout_token: provider.logoutToken({ padding: 'x'.repeat(20_000) }) })
    const response = await fetch(`${app.url}/backchannel-logout`, { method: 'POST', body })
    expect(response.status).toBe(400)
    expect(app.errors).toEqual([])
  })
})
