import { describe, expect, it } from 'vitest'
import { redirect, setHeaders } from '../../../src/http/redirect.ts'
import { answerOf, requestOf } from '../exchange.ts'

describe('redirect', () => {
  it.each([
    ['GET', 302],
    ['HEAD', 302],
    ['POST', 303],
    ['PUT', 303],
    ['DELETE', 303],
  ])('answers %s with %i, so that a body is never sent again (RFC 9110 section 15.4.4)', (method, status) => {
    const request = requestOf({ method })
    const answer = answerOf(request, (response) => redirect(request, response, 'https://id.example/authorize?a=b'))
    expect(answer).toMatchObject({ status, isEnded: true, body: '' })
    expect(answer.headers).toMatchObject({ location: 'https://id.example/authorize?a=b', 'content-length': '0' })
  })

  it('is never cached (RFC 9111 section 5.2.2.5), even where the app said otherwise', () => {
    const request = requestOf()
    const earlier = { 'Cache-Control': 'public, max-age=600' }
    const answer = answerOf(request, (response) => redirect(request, response, '/'), earlier)
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('keeps the headers that were set before, such as a session cookie', () => {
    const request = requestOf()
    const earlier = { 'Set-Cookie': ['a=b', 'c=d'], 'X-Frame-Options': 'DENY' }
    const answer = answerOf(request, (response) => redirect(request, response, '/'), earlier)
    expect(answer.headers).toMatchObject({ 'set-cookie': ['a=b', 'c=d'], 'x-frame-options': 'DENY' })
  })

  it('cannot be made to write a second header', () => {
    const request = requestOf()
    expect(() => answerOf(request, (response) => redirect(request, response, '/\r\nSet-Cookie: a=b'))).toThrow(
      TypeError,
    )
  })
})

describe('setHeaders', () => {
  it('replaces the headers that it names and no others', () => {
    const answer = answerOf(requestOf(), (response) => setHeaders(response, { A: '2', C: '3' }), { A: '1', B: '1' })
    expect(answer.headers).toMatchObject({ a: '2', b: '1', c: '3' })
  })
})
