import { describe, expect, it } from 'vitest'
import { keepPrivate } from '../../../src/guards/private-response.ts'
import type { HttpResponse } from '../../../src/http/messages.ts'
import { answerOf, requestOf } from '../exchange.ts'

const own = 'max-age=60'

/** The header that goes out where no other middleware wraps the response. */
function cacheControlAfter(act: (response: HttpResponse) => void, earlier: Record<string, string> = {}): unknown {
  const { headers } = answerOf(
    requestOf(),
    (response) => {
      keepPrivate(response)
      act(response)
    },
    earlier,
  )
  return headers['cache-control']
}

describe('keepPrivate', () => {
  it.each<[string, (response: HttpResponse) => void]>([
    ['end()', (response) => response.end()],
    ['write()', (response) => response.write('a')],
    ['flushHeaders()', (response) => response.flushHeaders()],
    ['writeHead()', (response) => response.writeHead(204)],
    ['writeHead() with a reason', (response) => response.writeHead(200, 'Fine')],
  ])('adds private when the head goes out by %s (RFC 9111 section 5.2.2.7)', (_how, act) => {
    expect(cacheControlAfter(act)).toBe('private')
  })

  it.each<[string, (response: HttpResponse) => void]>([
    ['setHeader()', (response) => response.setHeader('cache-control', own).end()],
    ['an object of writeHead()', (response) => response.writeHead(200, { 'CACHE-CONTROL': own })],
    ['an object after a reason', (response) => response.writeHead(200, 'Fine', { 'cache-control': own })],
    ['a list of writeHead()', (response) => response.writeHead(200, ['Cache-Control', own])],
  ])('leaves what the app chose by %s', (_how, act) => {
    expect(cacheControlAfter(act)).toBe(own)
  })

  it('leaves what was chosen before it', () => {
    expect(cacheControlAfter((response) => response.end(), { 'cache-control': own })).toBe(own)
  })

  it('adds nothing before the head goes out, so that others see whether the app has chosen', () => {
    const response = answerOf(requestOf(), (response) => keepPrivate(response))
    expect(response.headers).toEqual({})
  })

  it("takes send's default for nobody's choice, and a longer life for the app's", () => {
    const sentFor = (value: string) => cacheControlAfter((response) => response.setHeader('Cache-Control', value).end())
    expect(sentFor('public, max-age=0')).toBe('private, max-age=0')
    expect(sentFor('public, max-age=01')).toBe('public, max-age=01')
  })

  it("leaves Node's own error to who writes a second head", () => {
    const act = (response: HttpResponse) => {
      response.writeHead(200)
      expect(() => response.writeHead(500)).toThrow('Cannot write headers after they are sent')
    }
    expect(cacheControlAfter(act)).toBe('private')
  })

  it('returns what writeHead() returns: the response', () => {
    expect.assertions(1)
    cacheControlAfter((response) => expect(response.writeHead(200)).toBe(response))
  })
})
