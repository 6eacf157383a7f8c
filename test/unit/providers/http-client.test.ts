import type { RequestListener } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'
import { Agent } from 'undici'
import { describe, expect, it, vi } from 'vitest'
import type { Options } from '../../../src/options.ts'
import type { ProviderFetch } from '../../../src/options-client.ts'
import { asProviderFetch, createHttpClient } from '../../../src/providers/http-client.ts'
import type { Answer } from '../../../src/providers/provider-response.ts'
import { providerSettingsOf } from '../settings.ts'
import { startAnsweringServer } from './answering-server.ts'

const mebibyte = 1024 * 1024

/** One request to a server that answers so; `changes` are the options. */
async function ask(answer: RequestListener, changes: Partial<Options> = {}): Promise<Answer> {
  const { url } = await startAnsweringServer(answer)
  return get(`${url}/path?a=b`, { provider: { issuer: url }, ...changes })
}

function get(url: string, changes: Partial<Options>): Promise<Answer> {
  const settings = providerSettingsOf({ httpTimeoutSeconds: 5, ...changes })
  return createHttpClient(settings)(url, { method: 'GET', headers: { accept: 'x/y' } })
}

/** How long a rejection took, in seconds. */
async function secondsUntilRejected(promise: Promise<unknown>): Promise<number> {
  const start = performance.now()
  await expect(promise).rejects.toThrow()
  return (performance.now() - start) / 1000
}

const refused = /refused to ask http:\/\/.* without TLS/

describe('createHttpClient', () => {
  it('sends method, path, query, headers and body, and gives back status, headers and body', async () => {
    const { url, requests } = await startAnsweringServer((_request, response) => {
      response.writeHead(201, { 'content-type': 'text/x', 'set-cookie': ['a=1', 'b=2'] }).end('done')
    })
    const http = createHttpClient(providerSettingsOf({ provider: { issuer: url } }))
    const answer = await http(`${url}/path?a=b`, { method: 'POST', headers: { 'x-a': 'b' }, body: 'c=d' })
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: '/path?a=b',
      headers: { 'x-a': 'b', 'content-length': '3' },
    })
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([201, 'text/x', 'done'])
    expect([answer.headers.get('Set-Cookie'), answer.headers.has('x-none')]).toEqual(['a=1, b=2', false])
  })

  it.each([204, 304])('gives back %i, which has no body', async (status) => {
    const answer = await ask((_request, response) => response.writeHead(status).end())
    expect([answer.status, await answer.text()]).toEqual([status, ''])
  })

  it.each([301, 302, 303, 307, 308])(
    'does not follow a redirect by %i: a code must not go to another place',
    async (status) => {
      const other = await startAnsweringServer((_request, response) => response.end('elsewhere'))
      const answer = await ask((_request, response) => response.writeHead(status, { location: other.url }).end())
      expect(answer.status).toBe(status)
      expect(other.requests).toEqual([])
    },
  )

  it('reads an answer of 1 MiB, and no larger one', async () => {
    const answer = await ask((_request, response) => response.end(Buffer.alloc(mebibyte)))
    expect(await answer.text()).toHaveLength(mebibyte)
    await expect(ask((_request, response) => response.end(Buffer.alloc(mebibyte + 1)))).rejects.toThrow(RangeError)
  })

  it('ends the connection of an answer that has no end', async () => {
    const closed = vi.fn()
    const rejected = ask((_request, response) => {
      const chunk = Buffer.alloc(65_536)
      const write = () => response.write(chunk, () => response.destroyed || setImmediate(write))
      response.on('close', closed)
      write()
    })
    await expect(rejected).rejects.toThrow(RangeError)
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
  })

  it('gives up a server that does not answer after httpTimeoutSeconds', async () => {
    const seconds = await secondsUntilRejected(ask(() => undefined, { httpTimeoutSeconds: 0.3 }))
    expect(seconds).toBeGreaterThan(0.25)
    expect(seconds).toBeLessThan(2)
  })

  it('gives up a server that sends its answer byte by byte after httpTimeoutSeconds', async () => {
    const dripping: RequestListener = (_request, response) => {
      const drops = setInterval(() => response.write('x'), 50)
      response.on('close', () => clearInterval(drops))
    }
    expect(await secondsUntilRejected(ask(dripping, { httpTimeoutSeconds: 0.3 }))).toBeLessThan(2)
  })

  it.each([2.01, 1.005])(
    'takes a time limit of %d seconds, which is no whole number of milliseconds',
    async (seconds) => {
      const answer = await ask((_request, response) => response.end('x'), { httpTimeoutSeconds: seconds })
      expect(answer.status).toBe(200)
    },
  )
})

describe('the connections of createHttpClient', () => {
  /** The connection that each of some requests in a row came by, by its number. */
  async function connectionsOf(answer: RequestListener, pauseSeconds: number[]): Promise<number[]> {
    const sockets: unknown[] = []
    const { url } = await startAnsweringServer((request, response) => {
      if (!sockets.includes(request.socket)) sockets.push(request.socket)
      answer(request, response)
    })
    const http = createHttpClient(providerSettingsOf({ provider: { issuer: url } }))
    const numbers: number[] = []
    for (const seconds of [0, ...pauseSeconds]) {
      await delay(seconds * 1000)
      await http(url, { method: 'GET', headers: {} })
      numbers.push(sockets.length)
    }
    return numbers
  }

  it('are used again', async () => {
    expect(await connectionsOf((_request, response) => response.end('x'), [0.01, 0.01])).toEqual([1, 1, 1])
  })

  it('are used again after an answer without a body', async () => {
    expect(await connectionsOf((_request, response) => response.writeHead(204).end(), [0.01])).toEqual([1, 1])
  })

  it('are not used for longer than the provider says it keeps them (Keep-Alive)', async () => {
    const answer: RequestListener = (_request, response) => {
      response.writeHead(200, { connection: 'keep-alive', 'keep-alive': 'timeout=2' }).end('x')
    }
    expect(await connectionsOf(answer, [0.01, 2.2])).toEqual([1, 1, 2])
  })

  it('are not used again after an answer that was given up', async () => {
    let isFirst = true
    const { url, requests } = await startAnsweringServer((_request, response) => {
      if (!isFirst) response.end('x')
      isFirst = false
    })
    const http = createHttpClient(providerSettingsOf({ provider: { issuer: url }, httpTimeoutSeconds: 0.3 }))
    await expect(http(url, { method: 'POST', headers: {}, body: 'code=a' })).rejects.toThrow('timeout')
    expect((await http(url, { method: 'GET', headers: {} })).status).toBe(200)
    expect(requests).toHaveLength(2)
  })

  it('that break off in the middle of an answer are a failure, and nothing is sent again', async () => {
    const { url, requests } = await startAnsweringServer((_request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half')
      setImmediate(() => response.destroy())
    })
    const http = createHttpClient(providerSettingsOf({ provider: { issuer: url } }))
    await expect(http(url, { method: 'POST', headers: {}, body: 'a=b' })).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(requests).toHaveLength(1)
  })

  /** Answers with these bytes, which node:http would not write. */
  function raw(text: string): RequestListener {
    return (request) => {
      request.socket.end(text)
    }
  }

  it('that a provider wants for another protocol (101) are a failure, and the next request goes on', async () => {
    let isFirst = true
    const upgrade = raw('HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n')
    const { url } = await startAnsweringServer((request, response) => {
      if (isFirst) upgrade(request, response)
      else response.end('x')
      isFirst = false
    })
    const http = createHttpClient(providerSettingsOf({ provider: { issuer: url } }))
    await expect(http(url, { method: 'GET', headers: {} })).rejects.toThrow('HTTP 101')
    expect((await http(url, { method: 'GET', headers: {} })).status).toBe(200)
  })

  it.each([
    ['two lengths', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n{"access_token":"MARKED"}'],
    ['a chunk of no length', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n{"access_token":"MARKED"}'],
  ])('that carry %s are a failure, whose error holds nothing of the answer (threat V42)', async (_what, answer) => {
    const failed = ask(raw(`HTTP/1.1 200 OK\r\n${answer}`)).catch((error: unknown) => error)
    const error = (await failed) as Error
    expect(error).toMatchObject({ code: expect.stringMatching(/^HPE_/) })
    const shown = Object.values(error).map((value) => (Buffer.isBuffer(value) ? value.toString() : String(value)))
    expect([...shown, inspect(error, { depth: 9 })].join()).not.toContain('MARKED')
    expect(error).not.toHaveProperty('rawPacket')
  })

  it('that nobody takes are a failure with the code of the system', async () => {
    await expect(get('http://127.0.0.1:1/', { provider: { issuer: 'http://127.0.0.1:1' } })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    })
  })
})

describe('close() of createHttpClient', () => {
  /** An idle connection ends by itself after 4 s. */
  const soon = { timeout: 3000 }

  /** A server that counts its open connections, and a client of it. */
  async function started(answer: RequestListener) {
    const open = new Set<unknown>()
    const { url } = await startAnsweringServer((request, response) => {
      open.add(request.socket)
      request.socket.once('close', () => open.delete(request.socket))
      answer(request, response)
    })
    const http = createHttpClient(providerSettingsOf({ provider: { issuer: url }, httpTimeoutSeconds: 5 }))
    return { http, get: () => http(url, { method: 'GET', headers: {} }), connections: () => open.size }
  }

  it('closes idle connections', async () => {
    const { http, get, connections } = await started((_request, response) => response.end('x'))
    await Promise.all([get(), get()])
    expect(connections()).toBe(2)
    await http.close()
    await expect.poll(connections, soon).toBe(0)
  })

  it('waits for the requests under way, and closes their connections then', async () => {
    const waiting: (() => void)[] = []
    const { http, get, connections } = await started((_request, response) => {
      waiting.push(() => response.end('late'))
    })
    const [asked, state] = [get(), { isClosed: false }]
    await expect.poll(() => waiting.length).toBe(1)
    const closed = http.close().then(() => {
      state.isClosed = true
    })
    await delay(20)
    expect(state.isClosed).toBe(false)
    for (const end of waiting) end()
    expect(await (await asked).text()).toBe('late')
    await closed
    await expect.poll(connections, soon).toBe(0)
  })

  it('waits for a request that fails, and does not fail itself', async () => {
    const { http, get } = await started((request) => request.socket.destroy())
    const asked = get()
    asked.catch(() => undefined)
    await expect(http.close()).resolves.toBeUndefined()
    await expect(asked).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('cuts off no later request, and keeps no connection of one open', async () => {
    const { http, get, connections } = await started((_request, response) => response.end('x'))
    const closed = [http.close(), http.close()]
    expect(await Promise.all([get(), get()].map(async (answer) => await (await answer).text()))).toEqual(['x', 'x'])
    await Promise.all(closed)
    await expect.poll(connections, soon).toBe(0)
    expect((await get()).status).toBe(200)
    await expect.poll(connections, soon).toBe(0)
  })

  it('has nothing to do before the first request, with a fetch of the app, or with a certificate that cannot be read', async () => {
    const pem = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----'
    const broken = createHttpClient(providerSettingsOf({ provider: { issuer: 'https://localhost', ca: pem } }))
    await expect(broken('https://localhost', { method: 'GET', headers: {} })).rejects.toThrow()
    const clients = [providerSettingsOf(), providerSettingsOf({ fetch: async () => new Response() })].map(
      createHttpClient,
    )
    for (const client of [...clients, broken]) await expect(client.close()).resolves.toBeUndefined()
  })
})

describe('createHttpClient without TLS', () => {
  const publicProvider = { issuer: 'https://id.example' }

  /** Both ways out; neither may be taken. */
  function waysOut() {
    const request = vi.fn(() => Promise.reject(new Error('asked')))
    const fetch = vi.fn(() => Promise.reject(new Error('asked')))
    return { request, fetch }
  }

  it.each([
    ['another host', 'http://id.example/jwks'],
    ['this machine, for a public provider', 'http://127.0.0.1:1/admin'],
    ['a name below localhost, for which some resolvers ask DNS', 'http://id.localhost/jwks'],
    ['a file', 'file:///etc/passwd'],
    ['a URL with credentials, which node:http would send', 'https://user:password@id.example/jwks'],
  ])('sends nothing to %s', async (_where, url) => {
    const { request, fetch } = waysOut()
    await expect(get(url, { provider: publicProvider, dispatcher: { request } as never })).rejects.toThrow(TypeError)
    await expect(get(url, { provider: publicProvider, fetch })).rejects.toThrow(TypeError)
    expect([request.mock.calls, fetch.mock.calls]).toEqual([[], []])
  })

  it('names only the origin in its refusal: the rest of a URL may be secret', async () => {
    const rejected = get('http://id.example/a?code=MARKED', { provider: publicProvider })
    await expect(rejected).rejects.toThrow(refused)
    await expect(rejected).rejects.not.toThrow(/MARKED/)
  })

  it('asks with allowInsecureRequests', async () => {
    const { fetch } = waysOut()
    const provider = { issuer: 'http://id.example', allowInsecureRequests: true }
    await expect(get('http://id.example/jwks', { provider, fetch })).rejects.toThrow('asked')
  })
})

describe('createHttpClient with an option of the user', () => {
  it('asks by the given dispatcher', async () => {
    const agent = new Agent()
    const request = vi.spyOn(agent, 'request')
    const answer = await ask((_request, response) => response.end('x'), { dispatcher: agent })
    expect(await answer.text()).toBe('x')
    expect(request).toHaveBeenCalledTimes(1)
    await agent.close()
  })

  it('asks by the given fetch and no other way, and tells it to follow no redirect', async () => {
    const fetch = vi.fn(async () => new Response('mine', { status: 202, headers: { a: 'b' } }))
    const answer = await get('https://id.example/x', { fetch })
    expect([answer.status, answer.headers.get('a'), await answer.text()]).toEqual([202, 'b', 'mine'])
    const init = { method: 'GET', headers: { accept: 'x/y' }, body: null, redirect: 'manual' }
    expect(fetch.mock.calls).toEqual([['https://id.example/x', { ...init, signal: expect.any(AbortSignal) }]])
  })

  it('gives up the given fetch after httpTimeoutSeconds by its signal', async () => {
    const fetch: ProviderFetch = (_url, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const seconds = await secondsUntilRejected(get('https://id.example/x', { fetch, httpTimeoutSeconds: 0.3 }))
    expect(seconds).toBeGreaterThan(0.25)
    expect(seconds).toBeLessThan(2)
  })

  it('takes an answer without a body from the given fetch', async () => {
    const answer = await get('https://id.example/x', { fetch: async () => new Response(null, { status: 204 }) })
    expect(answer.status).toBe(204)
  })

  it('caps the answer of the given fetch too, and lets the rest of it go', async () => {
    const cancel = vi.fn()
    const pull = (controller: ReadableStreamDefaultController) => controller.enqueue(new Uint8Array(65_536))
    const fetch = async () => new Response(new ReadableStream({ pull, cancel }))
    await expect(get('https://id.example/x', { fetch })).rejects.toThrow(RangeError)
    expect(cancel).toHaveBeenCalledTimes(1)
  })

  it('refuses the answer of a given fetch that followed a redirect, although it was told not to', async () => {
    const other = await startAnsweringServer((_request, response) => response.end('elsewhere'))
    const follow: ProviderFetch = (url, init) => fetch(url, { ...init, redirect: 'follow' })
    const redirecting: RequestListener = (_request, response) => response.writeHead(302, { location: other.url }).end()
    await expect(ask(redirecting, { fetch: follow })).rejects.toThrow(TypeError)
    await expect(ask(redirecting, { fetch: follow })).rejects.toThrow('the given fetch followed a redirect')
    expect((await ask((_request, response) => response.end('here'), { fetch: follow })).status).toBe(200)
  })

  it('gives up a given fetch that does not heed its signal', async () => {
    const deaf: ProviderFetch = () => new Promise(() => undefined)
    const seconds = await secondsUntilRejected(get('https://id.example/x', { fetch: deaf, httpTimeoutSeconds: 0.3 }))
    expect(seconds).toBeLessThan(2)
  })

  it('does not follow a redirect by the global fetch', async () => {
    const other = await startAnsweringServer((_request, response) => response.end('elsewhere'))
    const answer = await ask((_request, response) => response.writeHead(302, { location: other.url }).end(), { fetch })
    expect([answer.status, other.requests.length]).toEqual([302, 0])
  })
})

describe('asProviderFetch', () => {
  const url = 'https://id.example/token'

  it.each([
    ['a form', new URLSearchParams({ a: 'b c' }), 'a=b+c'],
    ['a text', 'a=b', 'a=b'],
    ['nothing', undefined, null],
    ['null', null, null],
  ])('sends %s by the HTTP client', async (_what, body, sent) => {
    const fetch = vi.fn(async () => new Response('x'))
    const http = createHttpClient(providerSettingsOf({ fetch }))
    await asProviderFetch(http)(url, { method: 'POST', headers: { a: 'b' }, body, redirect: 'manual' })
    const init = { method: 'POST', headers: { a: 'b' }, body: sent, redirect: 'manual' }
    expect(fetch.mock.calls).toEqual([[url, { ...init, signal: expect.any(AbortSignal) }]])
  })

  it('refuses any other body, which could not be read again', async () => {
    const http = vi.fn(async () => new Response('x'))
    const init = { method: 'POST', headers: {}, body: new ArrayBuffer(1), redirect: 'manual' as const }
    await expect(asProviderFetch(http)(url, init as never)).rejects.toThrow(TypeError)
    expect(http).not.toHaveBeenCalled()
  })
})
