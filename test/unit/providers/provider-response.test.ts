import { describe, expect, it } from 'vitest'
import { answerHeaders, isAnswer, ProviderResponse } from '../../../src/providers/provider-response.ts'

function responseOf(content: string): ProviderResponse {
  return new ProviderResponse(200, answerHeaders({}), Buffer.from(content))
}

describe('ProviderResponse', () => {
  it('can be read again and again, in each form', async () => {
    const response = responseOf('{"a":"\u00fc"}')
    expect([await response.json(), await response.clone().json(), await response.text()]).toEqual([
      { a: '\u00fc' },
      { a: '\u00fc' },
      '{"a":"\u00fc"}',
    ])
    expect([response.bodyUsed, response.body]).toEqual([false, null])
  })

  it('leaves out a byte order mark, as Response does', async () => {
    expect(await responseOf('\ufeff{"a":1}').json()).toEqual({ a: 1 })
    expect(await new Response('\ufeff{"a":1}').json()).toEqual({ a: 1 })
  })

  it('rejects with a SyntaxError when it is no JSON', async () => {
    await expect(responseOf('<html>').json()).rejects.toThrow(SyntaxError)
  })

  it('does not show its content to who prints it: it may hold tokens', async () => {
    const { inspect } = await import('node:util')
    expect(inspect(responseOf('MARKED'), { depth: 9, showHidden: true })).not.toContain('MARKED')
  })
})

describe('answerHeaders', () => {
  const headers = answerHeaders({ 'content-type': 'text/x', 'set-cookie': ['a=1', 'b=2'], none: undefined })

  it('finds a header by its name in any case', () => {
    expect([headers.get('Content-Type'), headers.has('CONTENT-TYPE')]).toEqual(['text/x', true])
  })

  it('joins one that came several times', () => {
    expect(headers.get('set-cookie')).toBe('a=1, b=2')
  })

  it.each(['none', 'other', '__proto__', 'constructor'])('has no header %s', (name) => {
    expect([headers.get(name), headers.has(name)]).toEqual([null, false])
  })
})

describe('isAnswer', () => {
  it('is true for ours and for those of fetch() alone', () => {
    const values = [responseOf(''), new Response(), { status: 200 }, undefined, null, new Error('x'), 'Response']
    expect(values.map(isAnswer)).toEqual([true, true, false, false, false, false, false])
  })
})
