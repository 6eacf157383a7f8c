import { PassThrough, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { afterEach, describe, expect, it, vi } from 'vitest'
import winston from 'winston'
import { RelyingPartyError, type RelyingPartyErrorDetails } from '../../src/errors.ts'
import { createLog, mayShowMessage } from '../../src/log.ts'
import { keepLogLines } from '../log-lines.ts'

const provider = 'https://id.example'

function tokenRequestError(details: Partial<RelyingPartyErrorDetails> = {}): RelyingPartyError {
  return new RelyingPartyError('ERR_RP_TOKEN_REQUEST', { message: 'The token request failed.', provider, ...details })
}

function invalidResponse(details: Partial<RelyingPartyErrorDetails> = {}): RelyingPartyError {
  return new RelyingPartyError('ERR_RP_RESPONSE_INVALID', { message: 'It has no state.', ...details })
}

afterEach(() => void vi.restoreAllMocks())

describe('report', () => {
  it('writes level, code, status, route, provider, message and a random reference, which the error has too', () => {
    const { log, lines } = keepLogLines()
    const error = tokenRequestError({ error: 'invalid_client', errorDescription: 'wrong secret' })
    log.report(error, '/callback')
    expect(lines).toEqual([
      {
        level: 'error',
        code: 'ERR_RP_TOKEN_REQUEST',
        status: 502,
        route: '/callback',
        provider,
        error: 'invalid_client',
        errorDescription: 'wrong secret',
        reference: expect.stringMatching(/^[0-9a-f]{10}$/),
        message: error.message,
      },
    ])
    expect(error.reference).toBe(lines[0]?.reference)
  })

  it('writes the causes: name, code and message of each, and nothing of a SyntaxError, which quotes what was read', () => {
    const { log, lines } = keepLogLines()
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    log.report(tokenRequestError({ cause: new TypeError('fetch failed', { cause: refused }) }), '/callback')
    expect(lines[0]?.causes).toEqual(['TypeError: fetch failed', 'Error [ECONNREFUSED]: connect ECONNREFUSED'])
    log.report(tokenRequestError({ cause: new SyntaxError('Unexpected token in "eyJ..."') }), '/callback')
    expect(lines[1]?.causes).toEqual(['SyntaxError: not readable'])
  })

  it('is a warning below 500', () => {
    const { log, lines } = keepLogLines()
    log.report(new RelyingPartyError('ERR_RP_ACCESS_DENIED', { message: 'No.', provider }), '/callback')
    expect(lines).toMatchObject([{ level: 'warn', status: 403 }])
  })

  it('writes an error once, whoever reports it how often', () => {
    const { log, lines, logger } = keepLogLines()
    const error = tokenRequestError()
    log.report(error, 'req.oidc.fetch()')
    log.report(error, '/callback')
    createLog({ log: logger }).report(error, 'errorPage()')
    expect(lines).toMatchObject([{ route: 'req.oidc.fetch()' }])
  })

  it("says of a foreign error only its name: its message may hold anything, and the app's handler gets it", () => {
    const { log, lines } = keepLogLines()
    const error = new TypeError('MARKED')
    log.report(error, '/callback')
    log.report(error, '/callback')
    log.report('MARKED', '/login')
    log.report(null, '/login')
    expect(lines.map(({ level, route }) => [level, route])).toEqual([
      ['error', '/callback'],
      ['error', '/login'],
      ['error', '/login'],
    ])
    expect(lines[0]?.message).toContain('TypeError')
    expect(JSON.stringify(lines)).not.toContain('MARKED')
  })

  it('does not write a step-up: it is answered by a login, and nothing has failed', () => {
    const { log, lines } = keepLogLines()
    log.report(new RelyingPartyError('ERR_RP_STEP_UP_REQUIRED', { message: 'More is needed.' }), 'req.oidc.fetch()')
    expect(lines).toEqual([])
  })

  it("cuts the provider's own texts", () => {
    const { log, lines } = keepLogLines()
    log.report(tokenRequestError({ errorDescription: 'x'.repeat(5000) }), '/callback')
    expect(lines[0]?.errorDescription).toHaveLength(303)
  })
})

describe('what any client can cause', () => {
  it('is written at once, then counted, and summarized per period', async () => {
    const { logger, lines } = keepLogLines()
    const log = createLog({ log: logger, summarySeconds: 0.05 })
    for (let count = 0; count < 40; count += 1) log.report(invalidResponse(), '/callback')
    expect(lines).toHaveLength(1)
    await vi.waitFor(() => expect(lines).toHaveLength(2))
    expect(lines[1]).toMatchObject({ code: 'ERR_RP_RESPONSE_INVALID', count: 39, route: '/callback' })
    await delay(120)
    expect(lines).toHaveLength(2)
    log.report(invalidResponse(), '/callback')
    expect(lines).toHaveLength(3)
  })

  it('gets no reference, because not each has a line', () => {
    const { log, lines } = keepLogLines()
    const error = invalidResponse()
    log.report(error, '/callback')
    expect([error.reference, lines[0]?.reference]).toEqual([undefined, undefined])
  })

  it('is counted apart by message and route', () => {
    const { log, lines } = keepLogLines()
    log.report(invalidResponse(), '/callback/a')
    log.report(invalidResponse(), '/callback/b')
    log.report(invalidResponse({ message: 'It repeats the parameter state.' }), '/callback/a')
    expect(lines).toHaveLength(3)
  })

  it.each([
    ['a response of another provider (mix-up)', invalidResponse({ provider })],
    ['a login that the provider ended', new RelyingPartyError('ERR_RP_LOGIN_REQUIRED', { message: 'x', cause: 'y' })],
  ])('is not %s: each has a line', (_what, error) => {
    const { log, lines } = keepLogLines()
    log.report(error, '/callback')
    const { message, code } = error
    log.report(new RelyingPartyError(code, { message, cause: error.cause, provider: error.provider }), '/callback')
    expect(lines.map(({ reference }) => typeof reference)).toEqual(['string', 'string'])
  })

  it('is summarized at once by flush(), and no later', async () => {
    const { logger, lines } = keepLogLines()
    const log = createLog({ log: logger, summarySeconds: 0.05 })
    for (let count = 0; count < 3; count += 1) log.report(invalidResponse(), '/callback')
    log.flush()
    expect(lines).toMatchObject([{}, { count: 2 }])
    await delay(120)
    expect(lines).toHaveLength(2)
  })
})

describe('warn and warnOnce', () => {
  it('warn counts what comes again within the period, by provider', () => {
    const { log, lines } = keepLogLines()
    for (const issuer of [provider, provider, 'https://other.example']) {
      log.warn('WARN_RP_SILENT_LOGIN', 'It failed.', { provider: issuer })
    }
    expect(lines.map((line) => line.provider)).toEqual([provider, 'https://other.example'])
  })

  it('warnOnce writes a message once', () => {
    const { log, codes } = keepLogLines()
    for (let count = 0; count < 3; count += 1) log.warnOnce('WARN_RP_SECRET', 'It is missing.')
    expect(codes()).toEqual(['WARN_RP_SECRET'])
  })
})

describe('the console', () => {
  it('gets one line, as logfmt, on stderr', () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    createLog().report(tokenRequestError({ error: 'invalid_client' }), '/callback')
    expect(error.mock.calls).toHaveLength(1)
    expect(error.mock.calls[0]).toHaveLength(1)
    expect(error.mock.calls[0]?.[0]).toMatch(
      /^express-relying-party level=error code=ERR_RP_TOKEN_REQUEST status=502 provider=https:\/\/id\.example error=invalid_client route=\/callback reference=[0-9a-f]{10} message="The token request failed\. \(ERR_RP_TOKEN_REQUEST: see [^"]+\)"$/,
    )
  })

  it('is what the option console means too', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    createLog({ log: console }).warnOnce('WARN_RP_SECRET', 'It is missing.')
    expect(warn.mock.calls).toEqual([['express-relying-party level=warn code=WARN_RP_SECRET message="It is missing."']])
  })

  it.each(['two\nlines', 'an escape \u001b[2J', 'a C1 \u009b2J', 'a " quote', 'a\u2028b'])(
    'is not led astray by %j in what others chose',
    (errorDescription) => {
      const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
      createLog().report(tokenRequestError({ errorDescription }), '/callback')
      const line = String(error.mock.calls[0]?.[0])
      expect(line).toMatch(/^[\x20-\x7e]+$/)
      expect(line.match(/ message=/g)).toHaveLength(1)
    },
  )

  it('gets nothing with false', () => {
    const spies = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
    const log = createLog({ log: false })
    log.report(tokenRequestError(), '/callback')
    log.warnOnce('WARN_RP_SECRET', 'It is missing.')
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
  })
})

/** What a logger has written, parsed. */
function keepJson(): { stream: Writable; entries: () => Record<string, unknown>[] } {
  const chunks: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  const entries = () =>
    chunks
      .join('')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  return { stream, entries }
}

describe("the app's own logger", () => {
  it('may be pino: fields beside msg', () => {
    const { stream, entries } = keepJson()
    createLog({ log: pino(stream) }).report(tokenRequestError(), '/callback')
    expect(entries()).toMatchObject([
      { level: 50, code: 'ERR_RP_TOKEN_REQUEST', status: 502, route: '/callback', msg: expect.stringMatching(/^The/) },
    ])
  })

  it('may be winston: one entry with level and message', async () => {
    const { stream, entries } = keepJson()
    const logger = winston.createLogger({ transports: [new winston.transports.Stream({ stream })] })
    createLog({ log: logger }).report(tokenRequestError(), '/callback')
    await vi.waitFor(() => expect(entries()).toHaveLength(1))
    expect(entries()).toMatchObject([
      { level: 'error', code: 'ERR_RP_TOKEN_REQUEST', status: 502, message: expect.stringMatching(/^The/) },
    ])
  })

  it('may be a console of its own', async () => {
    const output = new PassThrough()
    const { Console } = await import('node:console')
    createLog({ log: new Console(output) }).warnOnce('WARN_RP_SECRET', 'It is missing.')
    expect(String(output.read())).toBe(
      'express-relying-party level=warn code=WARN_RP_SECRET message="It is missing."\n',
    )
  })

  it.each<[what: string, fail: () => unknown]>([
    [
      'throw',
      () => {
        throw new Error('the disk is full')
      },
    ],
    ['reject', () => Promise.reject(new Error('the disk is full'))],
  ])('may %s: the line goes to the console, and neither request nor process fails', async (_what, fail) => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    createLog({ log: { error: fail, warn: fail } }).report(tokenRequestError(), '/callback')
    await vi.waitFor(() => expect(error).toHaveBeenCalledTimes(1))
  })
})

describe('mayShowMessage', () => {
  it('is true of errors that were reported where the app is developed', () => {
    const [here, elsewhere] = [tokenRequestError(), tokenRequestError()]
    createLog({ log: false, showsMessages: true }).report(here, '/callback')
    createLog({ log: false }).report(elsewhere, '/callback')
    expect([mayShowMessage(here), mayShowMessage(elsewhere)]).toEqual([true, false])
  })
})
