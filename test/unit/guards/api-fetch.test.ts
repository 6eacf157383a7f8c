import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from 'vitest'
import { RelyingPartyError, type RelyingPartyErrorCode } from '../../../src/errors.ts'
import { type ApiFetch, fetchApi } from '../../../src/guards/api-fetch.ts'
import type { GoodToken } from '../../../src/session/access-token.ts'

const orders = 'https://api.example/orders'
const origins = ['https://api.example', 'https://api.example:8443', 'http://localhost:3000']

/** What went to the API: the body as it was read there. */
interface Sent {
  readonly url: string
  readonly authorization: string | null
  readonly body: string
  readonly init: RequestInit
}

/** A token that came a while ago; of its login nobody wants to know here. */
function tokenOf(accessToken: string, secondsSinceRefresh = 10): GoodToken {
  return { accessToken, secondsSinceRefresh, login: {} as GoodToken['login'] }
}

let sent: Sent[]
let answers: Response[]
let getAccessToken: Mock<ApiFetch['getAccessToken']>

beforeEach(() => {
  sent = []
  answers = []
  getAccessToken = vi.fn(async ({ forceRefresh }) => tokenOf(forceRefresh ? 'newer' : 'at-hand'))
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init = {}) => {
    const request = new Request(input as string, init)
    const authorization = request.headers.get('authorization')
    sent.push({ url: request.url, authorization, body: await request.text(), init })
    return answers.shift() ?? Response.json({ ok: true })
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

function call(url: string | URL, init?: RequestInit): Promise<Response> {
  return fetchApi({ origins, getAccessToken }, url, init)
}

function refused(): Response {
  return Response.json({ error: 'invalid_token' }, { status: 401 })
}

function failWith(code: RelyingPartyErrorCode): void {
  getAccessToken.mockImplementation(async ({ forceRefresh }) => {
    if (forceRefresh) throw new RelyingPartyError(code, { message: 'x' })
    return tokenOf('at-hand')
  })
}

describe('fetchApi and where the token goes', () => {
  it.each([
    orders,
    new URL(orders),
    'https://API.example/orders',
    'https://api.example:443/orders',
    'https://api.example:8443',
    'http://localhost:3000/',
    '  https://api.example/orders',
    'https://api.example\\orders',
  ])('sends it to the listed origin of %s', async (url) => {
    expect((await call(url)).status).toBe(200)
    expect(sent.map(({ authorization }) => authorization)).toEqual(['Bearer at-hand'])
    expect(origins).toContain(new URL(sent[0]?.url ?? '').origin)
  })

  it.each([
    ['another host', 'https://evil.example/orders'],
    ['a host below it', 'https://x.api.example/'],
    ['a host that begins alike', 'https://api.example.evil.example/'],
    ['a host that ends alike', 'https://evil-api.example/'],
    ['the listed one as user', 'https://api.example@evil.example/'],
    ['the listed one as user and password', 'https://api.example:443@evil.example/'],
    ['the listed one behind a fragment', 'https://evil.example/#https://api.example'],
    ['the listed one as path', 'https://evil.example/https://api.example'],
    ['another host behind a backslash', 'https://evil.example\\@api.example/'],
    ['another port', 'https://api.example:8080/orders'],
    ['another scheme', 'http://api.example/orders'],
    ['another loopback name', 'http://127.0.0.1:3000/'],
    ['a host with a dot at its end', 'https://api.example./orders'],
    ['data', 'data:text/plain,x'],
    ['a file', 'file:///etc/passwd'],
  ])('rejects %s with ERR_RP_API_ORIGIN: nobody is asked, and no token is got', async (_what, url) => {
    await expect(call(url)).rejects.toMatchObject({ code: 'ERR_RP_API_ORIGIN', status: 500 })
    await expect(call(new URL(url))).rejects.toMatchObject({ code: 'ERR_RP_API_ORIGIN' })
    expect([sent, getAccessToken.mock.calls]).toEqual([[], []])
  })

  it('rejects every origin when none is listed', async () => {
    await expect(fetchApi({ origins: [], getAccessToken }, orders)).rejects.toMatchObject({ code: 'ERR_RP_API_ORIGIN' })
  })

  it('rejects a path without an origin, and sends nothing', async () => {
    await expect(call('/orders')).rejects.toThrow(TypeError)
    expect(getAccessToken).not.toHaveBeenCalled()
  })

  it('shows no path and no credentials in the error', async () => {
    const error: unknown = await call('https://user:MARKED@evil.example/MARKED?MARKED').catch(
      (reason: unknown) => reason,
    )
    expect(String(error)).toMatch(/https:\/\/evil\.example/)
    expect(String(error)).not.toContain('MARKED')
  })
})

describe('fetchApi and the request', () => {
  it.each<[what: string, headers: NonNullable<RequestInit['headers']>]>([
    ['an object', { Authorization: 'Basic x', accept: 'text/plain' }],
    [
      'a list',
      [
        ['AUTHORIZATION', 'Basic x'],
        ['accept', 'text/plain'],
      ],
    ],
    ['Headers', new Headers({ authorization: 'Basic x', accept: 'text/plain' })],
  ])('replaces an authorization header in %s, and keeps the others', async (_what, headers) => {
    await call(orders, { headers })
    const given = new Headers(sent[0]?.init.headers)
    expect([given.get('authorization'), given.get('accept')]).toEqual(['Bearer at-hand', 'text/plain'])
  })

  it('does not change what it was given', async () => {
    const headers = new Headers()
    const init = { method: 'DELETE', headers }
    await call(orders, init)
    expect([init, [...headers]]).toEqual([{ method: 'DELETE', headers }, []])
  })

  it('passes everything else on', async () => {
    const { signal } = new AbortController()
    await call(orders, { method: 'DELETE', redirect: 'manual', signal })
    expect(sent[0]?.init).toMatchObject({ method: 'DELETE', redirect: 'manual', signal })
    expect(sent[0]?.init).not.toHaveProperty('duplex')
  })

  it.each([200, 204, 302, 400, 403, 404, 500])(
    'gives the answer of the API as it is, also %d, after one call',
    async (status) => {
      answers = [new Response(null, { status })]
      expect((await call(orders)).status).toBe(status)
      expect(sent).toHaveLength(1)
    },
  )

  it('asks for the access token of the login once', async () => {
    await call(orders)
    expect(getAccessToken.mock.calls).toEqual([[{}]])
  })

  it('rejects as getAccessToken does, and sends nothing', async () => {
    getAccessToken.mockRejectedValue(new RelyingPartyError('ERR_RP_LOGIN_REQUIRED', { message: 'x' }))
    await expect(call(orders)).rejects.toMatchObject({ code: 'ERR_RP_LOGIN_REQUIRED' })
    expect(sent).toEqual([])
  })

  it('passes on that the API cannot be reached', async () => {
    vi.mocked(fetch).mockRejectedValue(new TypeError('fetch failed'))
    await expect(call(orders)).rejects.toThrow('fetch failed')
  })
})

/** Bodies that can be sent again. */
const repeatable: readonly (readonly [what: string, body: () => RequestInit['body'], text: string | RegExp])[] = [
  ['nothing', () => undefined, ''],
  ['null', () => null, ''],
  ['a text', () => 'text', 'text'],
  ['an empty text', () => '', ''],
  ['URLSearchParams', () => new URLSearchParams({ a: 'b' }), 'a=b'],
  ['a Buffer', () => Buffer.from('bytes'), 'bytes'],
  ['an ArrayBuffer', () => new Uint8Array([97]).buffer, 'a'],
  ['a DataView', () => new DataView(new Uint8Array([97]).buffer), 'a'],
  ['a Blob', () => new Blob(['blob']), 'blob'],
  ['FormData', () => formOf('field', 'value'), /name="field"\r\n\r\nvalue/],
]

/** Bodies that are gone when they have been sent. */
const streams: readonly (readonly [what: string, body: () => unknown])[] = [
  ['a web stream', () => new Blob(['stream']).stream()],
  ['a stream of node', () => Readable.from([Buffer.from('stream')])],
  [
    'an async generator',
    async function* () {
      yield Buffer.from('stream')
    },
  ],
]

function formOf(name: string, value: string): FormData {
  const form = new FormData()
  form.set(name, value)
  return form
}

describe('fetchApi and 401', () => {
  it.each(repeatable)('sends %s once more, with the newer token', async (_what, body, text) => {
    const method = body() === undefined || body() === null ? 'GET' : 'POST'
    answers = [refused()]
    expect((await call(orders, { method, body: body() ?? null })).status).toBe(200)
    expect(sent.map(({ authorization }) => authorization)).toEqual(['Bearer at-hand', 'Bearer newer'])
    for (const each of sent) expect(each.body).toMatch(text)
    expect(getAccessToken.mock.calls.at(-1)).toEqual([{ forceRefresh: true }])
  })

  it.each(streams)('sends %s as it comes, and not again: the 401 of the API is the answer', async (_what, body) => {
    answers = [refused()]
    expect((await call(orders, { method: 'POST', body: body() as never })).status).toBe(401)
    expect(sent.map(({ body: text }) => text)).toEqual(['stream'])
    expect(sent[0]?.init).toMatchObject({ duplex: 'half' })
    expect(getAccessToken.mock.calls).toEqual([[{}]])
  })

  it('gives the second 401 as it is: no circle', async () => {
    answers = [refused(), refused()]
    expect((await call(orders)).status).toBe(401)
    expect(sent).toHaveLength(2)
  })

  it.each([
    [9.9, 401, 1],
    [10, 200, 2],
    [Number.POSITIVE_INFINITY, 200, 2],
  ])(
    '%d s after a refresh gives %d after %d calls: an API that refuses a new token refuses every one',
    async (age, status, calls) => {
      getAccessToken.mockResolvedValueOnce(tokenOf('at-hand', age))
      answers = [refused()]
      expect((await call(orders)).status).toBe(status)
      expect(sent).toHaveLength(calls)
    },
  )

  it('lets go of the first answer before it asks again', async () => {
    const first = refused()
    const cancel = vi.spyOn(first.body as ReadableStream, 'cancel')
    answers = [first]
    await call(orders)
    expect(cancel).toHaveBeenCalledTimes(1)
  })

  it('asks again also when the first answer had no body', async () => {
    answers = [new Response(null, { status: 401 })]
    expect((await call(orders)).status).toBe(200)
  })

  it.each<RelyingPartyErrorCode>([
    'ERR_RP_NO_REFRESH_TOKEN',
    'ERR_RP_REFRESH',
    'ERR_RP_DISCOVERY',
    'ERR_RP_KEYS',
    'ERR_RP_STORE',
  ])('gives the own 401 of the API, unread, when %s keeps it from a newer token', async (code) => {
    failWith(code)
    answers = [refused()]
    const response = await call(orders)
    expect([response.status, await response.json()]).toEqual([401, { error: 'invalid_token' }])
    expect(sent).toHaveLength(1)
  })

  it('rejects with ERR_RP_LOGIN_REQUIRED when the provider has ended the login', async () => {
    failWith('ERR_RP_LOGIN_REQUIRED')
    answers = [refused()]
    await expect(call(orders)).rejects.toMatchObject({ code: 'ERR_RP_LOGIN_REQUIRED' })
  })

  it('passes on an error that is none of ours', async () => {
    answers = [refused()]
    getAccessToken.mockResolvedValueOnce(tokenOf('at-hand')).mockRejectedValueOnce(new RangeError('of the app'))
    await expect(call(orders)).rejects.toThrow(RangeError)
  })
})
