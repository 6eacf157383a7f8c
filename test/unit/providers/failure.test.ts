import { ClientError, ResponseBodyError } from 'openid-client'
import { describe, expect, it } from 'vitest'
import {
  describeFailure,
  isTransient,
  isUnavailable,
  retryAfterHeader,
  retryAfterSeconds,
} from '../../../src/providers/failure.ts'

const token = 'MARKED-TOKEN'

function withCode(code: string, cause?: unknown): Error {
  return Object.assign(new Error(`message of ${code}`, { cause }), { code })
}

/** As openid-client wraps what oauth4webapi or the network threw. */
function clientError(code: string | undefined, cause: unknown): Error {
  return new ClientError('something went wrong', { code, cause } as never)
}

function refusal(status: number, error: string): Error {
  const cause = { error, error_description: token, access_token: token }
  return new ResponseBodyError('server responded with an error', {
    cause,
    response: Response.json(cause, { status }),
  } as never)
}

function unexpectedStatus(status: number): Error {
  const inner = new Error('unexpected HTTP status', { cause: new Response(token, { status }) })
  return clientError('OAUTH_RESPONSE_IS_NOT_CONFORM', inner)
}

const network = new TypeError('fetch failed', { cause: withCode('ECONNREFUSED') })

describe('describeFailure', () => {
  it.each([
    ['a refusal', refusal(400, 'invalid_grant'), "it refused with HTTP 400 and error 'invalid_grant'"],
    [
      'a refusal over others',
      clientError('X', refusal(401, 'invalid_client')),
      "it refused with HTTP 401 and error 'invalid_client'",
    ],
    ['an unexpected status', unexpectedStatus(503), 'it answered with HTTP 503'],
    ['a refused connection', network, 'nothing listens at its address (ECONNREFUSED)'],
    ['an unknown host', withCode('ENOTFOUND'), 'its host name cannot be resolved (ENOTFOUND)'],
    [
      'a time limit',
      clientError('OAUTH_TIMEOUT', undefined),
      'it did not answer in time (`httpTimeoutSeconds`) (OAUTH_TIMEOUT)',
    ],
    [
      'a page',
      clientError('OAUTH_RESPONSE_IS_NOT_JSON', new Response('')),
      'it answered with something that is not JSON (OAUTH_RESPONSE_IS_NOT_JSON)',
    ],
    ['a redirect', unexpectedStatus(302), 'it answered with a redirect (HTTP 302), which is not followed'],
    [
      'a time limit without a code',
      new DOMException('too late', 'TimeoutError'),
      'it did not answer in time (`httpTimeoutSeconds`) (TimeoutError)',
    ],
    [
      'a signed answer',
      clientError('OAUTH_INVALID_RESPONSE', new Error('unexpected JWT "iss" (issuer) claim value')),
      'the signed token in its answer was refused: its iss does not fit',
    ],
    [
      'the inner of two codes',
      withCode('ECONNRESET', withCode('CERT_HAS_EXPIRED')),
      'its TLS certificate has expired (CERT_HAS_EXPIRED)',
    ],
    [
      'the first of several',
      new AggregateError([withCode('ECONNREFUSED')]),
      'nothing listens at its address (ECONNREFUSED)',
    ],
    ['an error of ours', new RangeError('the answer is too large'), 'the answer is too large'],
    [
      'our error inside of theirs',
      clientError('X', new RangeError('the answer is too large')),
      'the answer is too large',
    ],
    ['no error', token, 'unknown reason'],
    ['nothing', undefined, 'unknown reason'],
    ['an error of theirs that says nothing', clientError('X', undefined), 'unknown reason'],
  ])('says of %s in one clause what happened', (_what, error, clause) => {
    expect(describeFailure(error)).toBe(clause)
  })

  it('explains a code as the call wants it, which means something else in another call', () => {
    const code = 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'
    const failure = clientError(code, undefined)
    const explanations = { [code]: 'it is about another user' }
    expect(describeFailure(failure, { explanations })).toBe(`it is about another user (${code})`)
    expect(describeFailure(failure)).toBe('unknown reason')
    expect(describeFailure(network, { explanations: { ECONNREFUSED: 'it is down' } })).toBe('it is down (ECONNREFUSED)')
  })

  it('names the error that was read of an answer, in the place of its status alone', () => {
    expect(describeFailure(unexpectedStatus(401), { error: 'invalid_client' })).toBe(
      "it refused with HTTP 401 and error 'invalid_client'",
    )
    expect(describeFailure(clientError('X', undefined), { error: 'bad_verification_code' })).toBe(
      "it refused with error 'bad_verification_code'",
    )
  })

  it.each([`${token}\r\nforged log line`, `<script>${token}`, `${token} ${token}`, 'x'.repeat(65), '', '\u00fc'])(
    'writes the error code %j of a provider nowhere: it has not the form of one (RFC 6749 section 5.2)',
    (error) => {
      expect(describeFailure(refusal(400, error))).toBe('it refused with HTTP 400 and error of an unknown form')
    },
  )

  it('never says what the answer held (threat V42)', () => {
    const body = { access_token: token }
    const errors = [
      refusal(400, 'invalid_grant'),
      unexpectedStatus(500),
      clientError('OAUTH_INVALID_RESPONSE', Object.assign(new Error('lacks a member'), { cause: { body } })),
      clientError('OAUTH_PARSE_ERROR', new SyntaxError(`Unexpected token 'M', "${token}" is not valid JSON`)),
      { body },
    ]
    expect(errors.map((error) => describeFailure(error)).join()).not.toContain(token)
  })

  it('comes to an end where causes go round in a circle', () => {
    const error = new Error('round')
    error.cause = error
    expect(describeFailure(error)).toBe('round')
  })
})

describe('isTransient', () => {
  it.each([
    ['a refused connection', network],
    ['a cut connection', withCode('UND_ERR_SOCKET')],
    ['a time limit', clientError('OAUTH_TIMEOUT', undefined)],
    ['a time limit of the pool', withCode('UND_ERR_HEADERS_TIMEOUT')],
    ['a name server that is out', withCode('EAI_AGAIN')],
    ['500', unexpectedStatus(500)],
    ['503', unexpectedStatus(503)],
    ['429', unexpectedStatus(429)],
    ['a refusal by 503', refusal(503, 'temporarily_unavailable')],
    ['the first of several', new AggregateError([withCode('ECONNREFUSED')])],
  ])('is true for %s: the same request may succeed a moment later', (_what, error) => {
    expect(isTransient(error)).toBe(true)
  })

  it.each([
    ['404', unexpectedStatus(404)],
    ['a redirect', unexpectedStatus(302)],
    ['a refusal by 400', refusal(400, 'invalid_grant')],
    ['a status that came with a cut connection', unexpectedStatus(404)],
    ['another issuer', clientError('OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED', undefined)],
    ['a page', clientError('OAUTH_RESPONSE_IS_NOT_JSON', undefined)],
    ['a certificate', withCode('CERT_HAS_EXPIRED')],
    ['an error of ours', new RangeError('the answer is too large')],
    ['a missing endpoint', new TypeError('it has no token_endpoint')],
    ['no error', 'ECONNREFUSED'],
  ])('is false for %s', (_what, error) => {
    expect(isTransient(error)).toBe(false)
  })
})

describe('isUnavailable', () => {
  it.each([
    ['a refused connection', network],
    ['a cut connection', withCode('UND_ERR_SOCKET')],
    ['a time limit', clientError('OAUTH_TIMEOUT', undefined)],
    ['a time limit without a code', new DOMException('too late', 'TimeoutError')],
    ['an expired certificate', withCode('CERT_HAS_EXPIRED')],
    ['a certificate of another host', withCode('ERR_TLS_CERT_ALTNAME_INVALID')],
    ['an answer that is no HTTP', withCode('HPE_INVALID_CONSTANT')],
    ['500', unexpectedStatus(500)],
    ['429', unexpectedStatus(429)],
    ['a refusal by 503', refusal(503, 'temporarily_unavailable')],
  ])('is true for %s', (_what, error) => {
    expect(isUnavailable(error)).toBe(true)
  })

  it.each([
    ['404', unexpectedStatus(404)],
    ['a redirect', unexpectedStatus(302)],
    ['a refusal', refusal(400, 'invalid_grant')],
    ['a page', clientError('OAUTH_RESPONSE_IS_NOT_JSON', undefined)],
    ['an argument that openid-client does not take', withCode('ERR_INVALID_ARG_VALUE')],
    ['an error of ours', new RangeError('the answer is too large')],
    ['no error', 'ECONNREFUSED'],
  ])('is false for %s: the provider did answer', (_what, error) => {
    expect(isUnavailable(error)).toBe(false)
  })
})

describe('retryAfterHeader', () => {
  it.each([
    ['17', { 'Retry-After': '17' }],
    ['Wed, 21 Oct 2026 07:29:30 GMT', { 'Retry-After': '90' }],
    ['99999999999', { 'Retry-After': '86400' }],
    ['soon', {}],
    [undefined, {}],
  ])('passes %j on as whole seconds, for a day at most', (value, header) => {
    const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT') / 1000
    const answer = new Response('', { status: 503, headers: value === undefined ? {} : { 'retry-after': value } })
    expect(retryAfterHeader(new Error('x', { cause: answer }), now)).toEqual(header)
  })
})

describe('retryAfterSeconds (RFC 9110 section 10.2.3)', () => {
  const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT') / 1000

  function answered(value: string | undefined, status = 429): Response {
    return new Response(token, { status, headers: value === undefined ? {} : { 'retry-after': value } })
  }

  /** As openid-client gives an answer that it did not expect. */
  function unexpected(value: string | undefined): Error {
    const inner = new Error('unexpected HTTP status', { cause: answered(value) })
    return clientError('OAUTH_RESPONSE_IS_NOT_CONFORM', inner)
  }

  it.each([
    ['120', 120],
    ['0', 0],
    ['Wed, 21 Oct 2026 07:29:30 GMT', 90],
    ['Wednesday, 21-Oct-26 07:29:30 GMT', 90],
    ['Wed, 21 Oct 2026 07:27:00 GMT', 0],
    ['99999999999', 99_999_999_999],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('of Retry-After %j are %j', (value, seconds) => {
    expect(retryAfterSeconds(unexpected(value), now)).toBe(seconds)
  })

  it.each(['1.5', '-5', '1e3', '+7', '5 s'])('of Retry-After %j are none: it has the form of neither', (value) => {
    expect(retryAfterSeconds(unexpected(value), now)).toBeUndefined()
  })

  it('are found in a refusal too', () => {
    const cause = { error: 'slow_down' }
    const error = new ResponseBodyError('refused', { cause, response: answered('7') } as never)
    expect(retryAfterSeconds(error, now)).toBe(7)
    expect(retryAfterSeconds(clientError('X', error), now)).toBe(7)
    expect(retryAfterSeconds(new AggregateError([error]), now)).toBe(7)
  })

  it('are the outermost of two', () => {
    const outer = new Error('outer', { cause: answered('1') })
    expect(retryAfterSeconds(clientError('X', outer), now)).toBe(1)
  })

  it.each([[network], [withCode('ECONNRESET')], [token], [undefined], [new Error('x', { cause: 'y' })]])(
    'are none where nothing was answered: %s',
    (error) => {
      expect(retryAfterSeconds(error, now)).toBeUndefined()
    },
  )
})
