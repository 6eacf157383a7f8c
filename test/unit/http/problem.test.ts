import { describe, expect, it } from 'vitest'
import { sendProblem } from '../../../src/http/problem.ts'
import { answerOf, requestOf } from '../exchange.ts'

const problem = {
  type: 'about:blank',
  title: 'You are not signed in \u00fc',
  status: 401,
  code: 'ERR_RP_LOGIN_REQUIRED',
  login_url: '/login',
}

describe('sendProblem', () => {
  it('answers with the members as problem+json under their own status (RFC 9457 section 3)', () => {
    const request = requestOf({ method: 'POST' })
    const answer = answerOf(request, (response) => sendProblem(request, response, problem))
    expect(answer).toMatchObject({ status: 401, isEnded: true })
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(JSON.parse(answer.body)).toEqual(problem)
  })

  it('is neither cached nor read as anything else', () => {
    const request = requestOf()
    const answer = answerOf(request, (response) => sendProblem(request, response, problem))
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  })

  it('counts the bytes of its body and not the characters', () => {
    const request = requestOf()
    const answer = answerOf(request, (response) => sendProblem(request, response, problem))
    expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(answer.body)))
    expect(answer.body.length).toBeLessThan(Buffer.byteLength(answer.body))
  })

  it('answers HEAD with the headers alone (RFC 9110 section 9.3.2)', () => {
    const request = requestOf({ method: 'HEAD' })
    const answer = answerOf(request, (response) => sendProblem(request, response, problem))
    expect(answer).toMatchObject({ status: 401, body: '' })
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(0)
  })
})
