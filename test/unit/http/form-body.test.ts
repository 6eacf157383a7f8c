import { createServer, request as httpRequest, type RequestOptions, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RelyingPartyError } from '../../../src/errors.ts'
import { type FormBody, readFormBody } from '../../../src/http/form-body.ts'
import type { HttpRequest } from '../../../src/http/messages.ts'

type Parse = (request: HttpRequest & { body?: unknown }) => void | Promise<void>

const form = 'application/x-www-form-urlencoded'
const untouched: Parse = () => undefined

/** What the app does with a request before ours, and what was read of the last one. */
let parse: Parse = untouched
let read: FormBody | Error | undefined
let isAlive = false
let server: Server

beforeAll(async () => {
  server = createServer((request, response) => {
    const finish = (result: FormBody | Error) => {
      read = result
      isAlive = !request.destroyed && request.socket.remoteAddress !== undefined
      response.setHeader('Connection', 'close')
      response.end()
    }
    Promise.resolve(parse(request))
      .then(() => readFormBody(request))
      .then(finish, finish)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
beforeEach(() => {
  parse = untouched
  read = undefined
})
afterAll(() => void server.close())

/** Sends a body, or only its beginning, and waits for the answer. */
function post(body: string | Buffer, options: RequestOptions = {}, isWhole = true): Promise<number | undefined> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': form, ...(options.headers as object) }
    const outgoing = httpRequest({ port, method: 'POST', agent: false, ...options, headers })
    outgoing.once('error', reject)
    outgoing.once('response', (response) => {
      response.resume()
      resolve(response.statusCode)
      if (!isWhole) outgoing.destroy()
    })
    if (isWhole) outgoing.end(body)
    else outgoing.write(body)
  })
}

/** The fields that were read, in order. */
function fields(): string[][] {
  if (read === undefined || !('form' in read)) throw new Error(`no form: ${JSON.stringify(read)}`)
  return [...read.form].map((pair) => [...pair])
}

const fault = () => (read !== undefined && 'fault' in read ? read.fault : undefined)

/** A parser of the app: reads the stream to its end and leaves what `leave` makes of it. */
function parser(leave: (text: string) => unknown): Parse {
  return async (request) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = leave(Buffer.concat(chunks).toString())
    if (body !== undefined) request.body = body
  }
}

describe('readFormBody of a body that nobody has read', () => {
  it('reads the fields, decoded, with repeated ones as they came', async () => {
    await post('a=1&b=%C3%BC+x&a=2&logout_token=')
    expect(fields()).toEqual([
      ['a', '1'],
      ['b', '\u00fc x'],
      ['a', '2'],
      ['logout_token', ''],
    ])
  })

  it.each([form, `${form};charset=UTF-8`, `${form} ; charset=utf-8`, form.toUpperCase()])(
    'takes the Content-Type %s',
    async (type) => {
      await post('a=1', { headers: { 'content-type': type } })
      expect(fields()).toEqual([['a', '1']])
    },
  )

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=a', `${form}x`, `text/plain, ${form}`, ''])(
    'refuses the Content-Type %j',
    async (type) => {
      await post('a=1', { headers: { 'content-type': type } })
      expect(fault()).toContain('Content-Type')
    },
  )

  it('reads an empty body as no fields', async () => {
    await post('')
    expect(fields()).toEqual([])
  })

  it('reads 64 kB', async () => {
    await post(`a=${'x'.repeat(64 * 1024 - 2)}`)
    expect(fields()[0]?.[1]).toHaveLength(64 * 1024 - 2)
  })

  it('refuses more by its Content-Length alone, before any of it has come (threat V30)', async () => {
    await post('a', { headers: { 'content-length': String(64 * 1024 + 1) } }, false)
    expect(fault()).toContain('larger')
  })

  it('refuses more that comes without a length as soon as it is too much, and answers (threat V30)', async () => {
    expect(await post('x'.repeat(64 * 1024 + 1), {}, false)).toBe(200)
    expect(fault()).toContain('larger')
    expect(isAlive).toBe(true)
  })

  it('refuses a body that does not come to its end in time, and answers (threat V30)', async () => {
    const startedAt = Date.now()
    expect(await post('logout_token=ey', {}, false)).toBe(200)
    expect(fault()).toContain('in time')
    expect(Date.now() - startedAt).toBeLessThan(8000)
  }, 10_000)

  it('refuses a body whose sender goes away', async () => {
    let outgoing: ReturnType<typeof httpRequest> | undefined
    const { port } = server.address() as AddressInfo
    parse = () => void setTimeout(() => outgoing?.destroy(), 20)
    outgoing = httpRequest({ port, method: 'POST', agent: false, headers: { 'content-type': form } })
    outgoing.on('error', () => undefined)
    outgoing.write('a=1')
    await expect.poll(fault).toContain('not to its end')
  })

  it('reads it too where a parser of another type left an empty object (Express 4)', async () => {
    parse = (request) => void Object.assign(request, { body: {} })
    await post('a=1')
    expect(fields()).toEqual([['a', '1']])
  })
})

describe('readFormBody of a body that the app has parsed', () => {
  it.each<[what: string, leave: (text: string) => unknown]>([
    ['an object with an array for a repeated field (express.urlencoded)', () => ({ a: ['1', '2'], b: '3' })],
    [
      'an object without a prototype (querystring)',
      () => Object.assign(Object.create(null), { a: ['1', '2'], b: '3' }),
    ],
    ['a string (express.text)', (text) => text],
    ['a Buffer (express.raw)', (text) => Buffer.from(text)],
  ])('takes %s', async (_what, leave) => {
    parse = parser(leave)
    await post('a=1&a=2&b=3')
    expect(fields()).toEqual([
      ['a', '1'],
      ['a', '2'],
      ['b', '3'],
    ])
  })

  it.each<[what: string, body: unknown, names: string[]]>([
    ['an object', { logout_token: { a: 'b' } }, ['logout_token[a]']],
    ['an array of one', { logout_token: ['a'] }, ['logout_token[0]']],
    [
      'an array of objects',
      { logout_token: [{ a: 'b' }, ['c', 'd']] },
      ['logout_token[0][a]', 'logout_token[1]', 'logout_token[1]'],
    ],
  ])('takes it for fields with brackets what qs made %s of', async (_what, body, names) => {
    parse = parser(() => body)
    await post('logout_token[a]=b')
    expect(fields().map(([name]) => name)).toEqual(names)
  })

  it.each<[what: string, body: unknown]>([
    ['a number', { logout_token: 7 }],
    ['null', { logout_token: null }],
    ['a number in an object', { a: { b: 7 } }],
  ])('refuses a body with %s in it: no form says that', async (_what, body) => {
    parse = parser(() => body)
    await post('logout_token=7')
    expect(fault()).toContain('no text')
  })

  it('takes an empty one as no fields', async () => {
    parse = parser(() => ({}))
    await post('&')
    expect(fields()).toEqual([])
  })

  it('refuses more than 64 kB here as well (threat V30)', async () => {
    parse = parser(() => ({ a: 'x'.repeat(64 * 1024) }))
    await post('a=1')
    expect(fault()).toContain('larger')
  })

  it('refuses another Content-Type here as well: JSON is no form', async () => {
    parse = parser(() => ({ logout_token: 'a' }))
    await post('{"logout_token":"a"}', { headers: { 'content-type': 'application/json' } })
    expect(fault()).toContain('Content-Type')
  })
})

describe('readFormBody of a body that was read and is gone', () => {
  it('throws ERR_RP_OPTIONS, which names the fix', async () => {
    parse = parser(() => undefined)
    await post('a=1')
    expect(read).toBeInstanceOf(RelyingPartyError)
    expect(read).toMatchObject({
      code: 'ERR_RP_OPTIONS',
      message: expect.stringMatching(/relyingParty\(\) before|urlencoded/),
    })
  })
})
