import { ClientError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client'
import { describe, expect, it } from 'vitest'
import { ProviderResponse } from '../../../src/providers/provider-response.ts'
import { readRefusal } from '../../../src/providers/refusal.ts'

const refusal = { error: 'invalid_client', error_description: 'The secret is wrong.' }
const read = { error: 'invalid_client', errorDescription: 'The secret is wrong.' }
const nothing = { error: undefined, errorDescription: undefined }

/** An answer as our HTTP client has read it. */
function answered(body: string, status = 401): ProviderResponse {
  return new ProviderResponse(status, new Headers(), Buffer.from(body))
}

function challenged(response: unknown, parameters: Record<string, string> = {}): Error {
  const cause = [{ scheme: 'basic', parameters }]
  return new WWWAuthenticateChallengeError('challenged', { cause, response } as never)
}

function unexpected(response: unknown): Error {
  return new ClientError('unexpected HTTP response status code', { cause: response })
}

describe('readRefusal', () => {
  it.each([
    [
      'a refusal that openid-client has read',
      new ResponseBodyError('refused', { cause: refusal, response: answered('') } as never),
    ],
    ['an answer with a challenge, which it did not read', challenged(answered(JSON.stringify(refusal)))],
    ['the same as a Response of fetch()', challenged(Response.json(refusal, { status: 401 }))],
    ['an answer of another content type', unexpected(answered(JSON.stringify(refusal), 400))],
    ['an answer of 200 (GitHub)', new Error('x', { cause: { body: refusal } })],
    ['a challenge without a body', challenged(answered(''), refusal)],
    ['an error around it', new Error('outer', { cause: challenged(answered(JSON.stringify(refusal))) })],
  ])('reads %s', async (_what, failure) => {
    expect(await readRefusal(failure, [])).toEqual(read)
  })

  it.each([
    '',
    '<!doctype html>',
    '{"error"',
    'null',
    '5',
    '[]',
    '{"error":5}',
    '{"error":""}',
    '{"error_description":"x"}',
  ])('finds none in the body %j', async (body) => {
    expect(await readRefusal(challenged(answered(body)), [])).toEqual(nothing)
  })

  it('finds none in a body that was read before', async () => {
    const response = Response.json(refusal, { status: 401 })
    await response.text()
    expect(await readRefusal(challenged(response), [])).toEqual(nothing)
  })

  it.each([500, 503, 302])('takes an answer of %s for no refusal, whatever it says', async (status) => {
    expect(await readRefusal(unexpected(answered('{"error":"invalid_grant"}', status)), [])).toEqual(nothing)
  })

  it.each([
    ['no answer', new Error('cut')],
    ['no error', 'x'],
    ['nothing', undefined],
  ])('finds none in %s', async (_what, failure) => {
    expect(await readRefusal(failure, ['secret'])).toEqual(nothing)
  })

  it('leaves out a description that is no text', async () => {
    const body = JSON.stringify({ error: 'invalid_client', error_description: { a: 1 } })
    expect(await readRefusal(challenged(answered(body)), [])).toEqual({ ...nothing, error: 'invalid_client' })
  })

  it('cuts out each secret of the request, also where it is percent-encoded (threat V42)', async () => {
    const body = JSON.stringify({ error: 'a/b', error_description: 'a/b is not code=a%2Fb, and c' })
    expect(await readRefusal(challenged(answered(body)), ['a/b', 'c', ''])).toEqual({
      error: '...',
      errorDescription: '... is not ...ode=..., and ...',
    })
  })
})
