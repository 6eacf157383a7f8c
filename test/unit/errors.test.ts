import { Console } from 'node:console'
import { PassThrough } from 'node:stream'
import { format, inspect } from 'node:util'
import { ClientError, ResponseBodyError } from 'openid-client'
import { describe, expect, it } from 'vitest'
import { errorTable, RelyingPartyError, type RelyingPartyErrorCode } from '../../src/errors.ts'

const codes = Object.keys(errorTable) as RelyingPartyErrorCode[]
const token = 'MARKED-ACCESS-TOKEN'
const parserToken = 'MARKEDTOKEN'

/** Causes as openid-client and the JSON parser make them: the provider's answer hangs somewhere below. */
const causes: readonly (readonly [kind: string, cause: () => unknown])[] = [
  ['an openid-client error over the body of an answer', () => clientErrorOver({ body: { access_token: token } })],
  ['a refusal with its body', () => refusalWith({ error: 'invalid_grant', access_token: token })],
  [
    'an error with a secret member',
    () => Object.assign(new Error('failed'), { body: token, headers: { cookie: token } }),
  ],
  ['no error at all but the answer itself', () => ({ access_token: token, toString: () => token })],
  ['a text', () => token],
  ['an aggregate', () => new AggregateError([Object.assign(new Error('one'), { body: token })], 'several')],
]

function clientErrorOver(cause: unknown): Error {
  const inner = Object.assign(new Error('"response" body "token_type" property must be a string'), { cause })
  return new ClientError('unexpected response', { cause: inner } as never)
}

function refusalWith(cause: Record<string, string>): Error {
  const response = Response.json(cause, { status: 400 })
  return new ResponseBodyError('server responded with an error', { cause, response } as never)
}

function errorOver(cause: unknown): RelyingPartyError {
  return new RelyingPartyError('ERR_RP_TOKEN_REQUEST', { message: 'it failed', cause })
}

/** What `console.error` writes. */
function printed(...values: unknown[]): string {
  const stream = new PassThrough()
  new Console(stream).error(...values)
  return String(stream.read())
}

describe('errorTable', () => {
  it.each(codes)('gives %s a 4xx or 5xx status and texts of its own', (code) => {
    const { status, title, advice } = errorTable[code]
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
    expect([title, advice].every((text) => /^[A-Z][\x20-\x7e]+$/.test(text))).toBe(true)
  })

  it('tells our faults (500) from the provider (502, 503) and from the response (400, 401, 403)', () => {
    expect(Object.fromEntries(codes.map((code) => [code, errorTable[code].status]))).toEqual({
      ERR_RP_OPTIONS: 500,
      ERR_RP_NO_SESSION: 500,
      ERR_RP_NOT_MOUNTED: 500,
      ERR_RP_STORE: 500,
      ERR_RP_LOGIN_REQUIRED: 401,
      ERR_RP_STEP_UP_REQUIRED: 401,
      ERR_RP_AUTHENTICATION_INSUFFICIENT: 403,
      ERR_RP_CLAIM_REQUIRED: 403,
      ERR_RP_CLAIM_PREDICATE: 500,
      ERR_RP_HOST_UNKNOWN: 400,
      ERR_RP_PROVIDER_UNKNOWN: 400,
      ERR_RP_LOGIN_PARAMETER: 400,
      ERR_RP_LOGIN_LOOP: 429,
      ERR_RP_DISCOVERY: 503,
      ERR_RP_METADATA: 500,
      ERR_RP_RESPONSE_INVALID: 400,
      ERR_RP_TRANSACTION_MISSING: 400,
      ERR_RP_ACCESS_DENIED: 403,
      ERR_RP_AUTHORIZATION_RESPONSE: 401,
      ERR_RP_PROVIDER_UNAVAILABLE: 503,
      ERR_RP_TOKEN_REQUEST: 502,
      ERR_RP_ID_TOKEN: 502,
      ERR_RP_KEYS: 503,
      ERR_RP_USERINFO: 502,
      ERR_RP_INTERRUPTED_POST: 403,
      ERR_RP_REFRESH: 503,
      ERR_RP_NO_REFRESH_TOKEN: 403,
      ERR_RP_API_ORIGIN: 500,
      ERR_RP_LOGOUT_CROSS_SITE: 403,
      ERR_RP_LOGOUT_TOKEN: 400,
      ERR_RP_ACCESS_TOKEN: 401,
    })
  })
})

describe('RelyingPartyError', () => {
  it.each(codes)('%s has the status of the table, exposes its message nowhere and links its heading', (code) => {
    const error = new RelyingPartyError(code, { message: 'it happened' })
    const { status } = errorTable[code]
    expect(error).toMatchObject({ name: 'RelyingPartyError', code, status, statusCode: status, expose: false })
    expect(error.help).toBe(`docs/errors.md#${code.toLowerCase()}`)
    expect(error.message).toContain('it happened')
    expect(error.message).toContain(error.help)
  })

  it('is an Error with a stack', () => {
    const error = errorOver(undefined)
    expect(error).toBeInstanceOf(Error)
    expect(error.stack).toContain('errors.test.ts')
  })

  it('keeps what the provider said as data and out of the message', () => {
    const said = { provider: 'https://id.example', error: 'login_required', errorDescription: 'MARKED <b>' }
    const error = new RelyingPartyError('ERR_RP_AUTHORIZATION_RESPONSE', { message: 'it refused', ...said })
    expect(error).toMatchObject(said)
    expect(error.message).not.toMatch(/MARKED|login_required/)
  })

  it('keeps its cause unchanged, and has none when none was given', () => {
    const cause = clientErrorOver({})
    expect(errorOver(cause).cause).toBe(cause)
    expect('cause' in errorOver(undefined)).toBe(false)
  })

  it('does not give its cause to what copies or lists members', () => {
    const error = errorOver(new Error(token))
    expect(Object.keys(error)).not.toContain('cause')
    expect({ ...error }).not.toHaveProperty('cause')
  })

  describe.each(causes)('caused by %s', (_kind, makeCause) => {
    it('shows nothing of it to util.inspect at any depth (threat V42)', () => {
      const error = errorOver(makeCause())
      const options = { depth: Number.POSITIVE_INFINITY, showHidden: true }
      expect(inspect(error, options)).not.toContain(token)
      expect(inspect({ nested: [error] }, options)).not.toContain(token)
    })

    it('shows nothing of it where node prints an uncaught error, which ignores custom inspection (threat V42)', () => {
      expect(inspect(errorOver(makeCause()), { customInspect: false, depth: 5 })).not.toContain(token)
    })

    it('shows nothing of it to the console, to JSON and as text (threat V42)', () => {
      const error = errorOver(makeCause())
      expect(printed(error, { error }, '%s', error)).not.toContain(token)
      expect(printed('%o %O %j %s', error, error, error, error)).not.toContain(token)
      expect(JSON.stringify({ error })).not.toContain(token)
      expect(`${error}${format('%s', error)}${error.stack}`).not.toContain(token)
    })
  })

  it('shows no part of an answer that the JSON parser quotes in its message (threat V42)', () => {
    const parserErrors = [`{"access_token": ${parserToken}`, `${parserToken}-1`].map(parseFailure)
    for (const cause of parserErrors) {
      expect((cause as Error).message).toMatch(/MARKEDT/) // the parser does quote
      expect(inspect(errorOver(new Error('not JSON', { cause })))).not.toMatch(/MARKEDT/)
    }
  })

  it('names every cause with its code and message, outermost first, so that a log says why', () => {
    const inner = Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' })
    const outer = new TypeError('fetch failed', { cause: inner })
    const text = inspect(errorOver(outer))
    expect(text).toContain('caused by TypeError: fetch failed\n  caused by Error [ECONNREFUSED]: connect failed')
  })

  it('comes to an end where causes go round in a circle', () => {
    const cause: Error = new Error('round')
    cause.cause = cause
    expect(inspect(errorOver(cause)).match(/round/g)).toHaveLength(8)
  })
})

function parseFailure(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    return error
  }
}
