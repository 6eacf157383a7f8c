// Streams, files, events and connections under the middleware: nothing is held back, nothing is lost.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage, type RequestOptions, type ServerResponse } from 'node:http'
import { connect as connectTo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Response } from 'express'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { requireAuth } from '../../src/index.ts'
import { TestBrowser } from '../../src/testing/index.ts'
import { useProviderAndApp } from '../fixture.ts'
import { setups } from '../setups.ts'

type Handler = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void

/** What a handler waits for until the test lets it go on: so nothing here is measured by the clock. */
class Gate {
  #open: () => void = () => undefined
  #opened: Promise<void> = Promise.resolve()
  close(): void {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve
    })
  }
  open(): void {
    this.#open()
  }
  get opened(): Promise<void> {
    return this.#opened
  }
}

const gate = new Gate()
const closed = vi.fn()
const million = 'x'.repeat(1_000_000)

const handlers: Readonly<Record<string, Handler>> = {
  '/pipe': (_request, response) => void Readable.from(['one ', 'two ', million]).pipe(response),
  '/flush': (_request, response) => {
    response.flushHeaders()
    void gate.opened.then(() => response.end('late body'))
  },
  '/session': (request, response) => {
    Object.assign((request as unknown as { session: object }).session, { seen: 'yes' })
    response.flushHeaders()
    void gate.opened.then(() => response.end('saved'))
  },
  '/seen': (request, response) =>
    response.end((request as unknown as { session: { seen?: string } }).session.seen ?? 'no'),
  '/events': (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('data: first\n\n')
    void gate.opened.then(() => response.end('data: last\n\n'))
  },
  '/slow': (_request, response) => {
    response.on('close', () => closed(response.writableFinished))
    response.write('begun')
  },
  '/upload': (request, response) => {
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
    })
    request.on('end', () => response.end(String(size)))
  },
  '/page': (request, response) => response.end(`page ${request.url}`),
}

describe.each(setups)('streams on $name', (setup) => {
  const routes = Object.entries(handlers).map(([path, handler]) => [path, requireAuth(), handler] as const)
  const fixture = useProviderAndApp({ setup, routes })
  let cookie: string
  const unhandled = vi.fn()

  beforeAll(async () => {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    process.on('unhandledRejection', unhandled)
  })
  afterEach(() => {
    gate.open()
    expect([fixture.app.errors, unhandled.mock.calls]).toEqual([[], []])
  })
  afterAll(() => {
    process.off('unhandledRejection', unhandled)
  })

  /** The head of the answer; its body is still to be read. */
  function ask(path: string, options: RequestOptions = {}, body?: string | Readable): Promise<IncomingMessage> {
    const headers = { cookie, ...(options.headers as Record<string, string> | undefined) }
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(fixture.app.url + path, { ...options, headers })
      outgoing.once('response', resolve).once('error', reject)
      if (body instanceof Readable) body.pipe(outgoing)
      else outgoing.end(body)
    })
  }

  it('pipes a stream to its end', async () => {
    const response = await ask('/pipe')
    expect([response.headers['transfer-encoding'], response.headers['cache-control']]).toEqual(['chunked', 'private'])
    expect(await text(response)).toBe(`one two ${million}`)
  })

  it('sends the head that flushHeaders() asks for before there is a body', async () => {
    gate.close()
    const response = await ask('/flush')
    expect([response.statusCode, response.headers['cache-control']]).toEqual([200, 'private'])
    gate.open()
    expect(await text(response)).toBe('late body')
  })

  it('saves the session that changed before flushHeaders()', async () => {
    gate.close()
    const response = await ask('/session')
    gate.open()
    expect(await text(response)).toBe('saved')
    expect(await text(await ask('/seen'))).toBe('yes')
  })

  it('passes on each event of an event stream when it is written (Server-Sent Events)', async () => {
    gate.close()
    const response = await ask('/events', { headers: { accept: 'text/event-stream' } })
    const events = response.setEncoding('utf8')[Symbol.asyncIterator]()
    expect((await events.next()).value).toBe('data: first\n\n')
    gate.open()
    expect((await events.next()).value).toBe('data: last\n\n')
    expect((await events.next()).done).toBe(true)
  })

  it('survives a client that goes away in the middle', async () => {
    closed.mockClear()
    const response = await ask('/slow')
    response.destroy()
    await vi.waitFor(() => expect(closed).toHaveBeenCalledExactlyOnceWith(false))
    expect((await ask('/page')).statusCode).toBe(200)
  })

  it('survives a client that goes away before the store has answered', async () => {
    const { sessions } = fixture.app
    const get = sessions.get.bind(sessions)
    const reading = vi.spyOn(sessions, 'get').mockImplementation((id, callback) => {
      void gate.opened.then(() => get(id, callback))
    })
    gate.close()
    const outgoing = httpRequest(`${fixture.app.url}/page`, { headers: { cookie } }).on('error', () => undefined)
    outgoing.end()
    await vi.waitFor(() => expect(reading).toHaveBeenCalled())
    outgoing.destroy()
    gate.open()
    reading.mockRestore()
    expect((await ask('/page')).statusCode).toBe(200)
  })

  it('loses nothing of an upload while it finds out who is signed in', async () => {
    const pieces = Readable.from(Array.from({ length: 20 }, () => million))
    expect(await text(await ask('/upload', { method: 'POST' }, pieces))).toBe('20000000')
  })

  it('lets a client go on that waits for 100 Continue (RFC 9110 section 10.1.1)', async () => {
    const outgoing = httpRequest(`${fixture.app.url}/upload`, {
      method: 'POST',
      headers: { cookie, expect: '100-continue' },
    })
    outgoing.flushHeaders()
    await new Promise((resolve) => outgoing.once('continue', resolve))
    outgoing.end(million)
    const response = await new Promise<IncomingMessage>((resolve) => outgoing.once('response', resolve))
    expect(await text(response)).toBe('1000000')
  })

  it('gives HEAD the head of the page and no body', async () => {
    const response = await ask('/page', { method: 'HEAD' })
    expect([response.statusCode, response.headers['cache-control'], await text(response)]).toEqual([200, 'private', ''])
  })

  /** All answers to requests sent at once on one connection, which the last one has closed. */
  async function converse(requests: readonly string[]): Promise<string[]> {
    const { hostname, port } = new URL(fixture.app.url)
    const socket = connectTo(Number(port), hostname)
    socket.write(requests.join(''))
    return (await text(socket)).split(/(?=HTTP\/1\.1 \d)/)
  }
  const line = (method: string, path: string, ...headers: string[]) =>
    [`${method} ${path} HTTP/1.1`, 'Host: app', ...headers, '', ''].join('\r\n')

  it('answers several requests on one connection, in their order, whoever they are from (RFC 9112 section 9.3.2)', async () => {
    const signedIn = `Cookie: ${cookie}`
    const answers = await converse([
      line('GET', '/page/1', signedIn),
      line('GET', '/page/2', 'Accept: application/json'),
      line('GET', '/page/3', signedIn),
      line('GET', '/login', 'Accept: text/html'),
      line('GET', '/page/5', signedIn, 'Connection: close'),
    ])
    expect(answers.map((answer) => answer.slice(9, 12))).toEqual(['200', '401', '200', '302', '200'])
    const pages = answers.filter((answer) => answer.includes('Cache-Control: private'))
    expect(pages.map((answer) => /page \/\d/.exec(answer)?.[0])).toEqual(['page /1', 'page /3', 'page /5'])
  })

  it('uses a connection again after a form whose body nobody read', async () => {
    const form = `a=${million.slice(0, 50_000)}`
    const answers = await converse([
      line('POST', '/page', `Content-Length: ${form.length}`) + form,
      line('GET', '/page/2', `Cookie: ${cookie}`, 'Connection: close'),
    ])
    expect(answers.map((answer) => answer.slice(9, 12))).toEqual(['401', '200'])
  })
})

describe.each(setups.slice(0, 2))('files on $name', (setup) => {
  const folder = mkdtempSync(join(tmpdir(), 'streams-'))
  const file = join(folder, 'digits.txt')
  writeFileSync(file, '0123456789')
  afterAll(() => rmSync(folder, { recursive: true }))
  const send = (_request: unknown, response: Response) => response.sendFile(file)
  const fixture = useProviderAndApp({ setup, routes: [['/file', requireAuth(), send]] })

  it.each([
    ['whole', {}, 200, '0123456789'],
    ['in part (RFC 9110 section 14.2)', { range: 'bytes=2-4' }, 206, '234'],
    ['by its end', { range: 'bytes=-1' }, 206, '9'],
    ['beyond its end, as an error', { range: 'bytes=99-' }, 416, undefined],
  ])('are sent %s', async (_how, headers, status, body) => {
    const browser = new TestBrowser()
    await browser.follow(`${fixture.app.url}/orders`)
    const page = await browser.get(`${fixture.app.url}/file`, { headers })
    expect(page.status).toBe(status)
    expect(page.headers.get('cache-control')).toContain('private')
    if (body !== undefined) expect(page.text).toBe(body)
  })
})
