import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { requestHost } from '../../../src/http/request-host.ts'

/** A request as node:http makes it: of two Host headers it keeps the first. */
function requestWith(rawHeaders: string[], trust?: (address: string, hops: number) => boolean) {
  const headers: Record<string, string> = {}
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers[String(rawHeaders[index]).toLowerCase()] ??= String(rawHeaders[index + 1])
  }
  const app = trust && { get: (name: string) => (name === 'trust proxy fn' ? trust : undefined) }
  return { rawHeaders, headers, socket: { remoteAddress: '10.0.0.1' }, app } as unknown as IncomingMessage
}

const forwarded = ['Host', 'inner', 'X-Forwarded-Host', 'app.example']

describe('requestHost', () => {
  it.each([
    [['Host', 'App.Example:8443'], 'app.example:8443'],
    [['Host', '[::1]:3000'], '[::1]:3000'],
    [['host', 'app.example.'], 'app.example.'],
    [['Host', ''], ''],
    [[], undefined],
    [['Host', 'a.example', 'host', 'b.example'], undefined],
    [['Host', 'a.example', 'HOST', 'a.example'], undefined],
    [forwarded, 'inner'],
  ])('reads %j as %j (RFC 9112 section 3.2)', (rawHeaders, host) => {
    expect(requestHost(requestWith(rawHeaders))).toBe(host)
  })

  it('reads X-Forwarded-Host where the app trusts the socket, and asks for that of the socket itself', () => {
    const asked: unknown[] = []
    const trust = (...given: unknown[]) => {
      asked.push(given)
      return true
    }
    expect(requestHost(requestWith(forwarded, trust))).toBe('app.example')
    expect(asked).toEqual([['10.0.0.1', 0]])
    expect(requestHost(requestWith(forwarded, () => false))).toBe('inner')
  })

  it.each([
    ['A.example , inner.example', 'a.example'],
    ['', 'inner'],
    [', b.example', 'inner'],
  ])('takes of X-Forwarded-Host %j what Express takes: %j', (value, host) => {
    expect(requestHost(requestWith(['Host', 'inner', 'X-Forwarded-Host', value], () => true))).toBe(host)
  })

  it('takes nothing from an app without settings, as other frameworks have', () => {
    expect(requestHost(Object.assign(requestWith(forwarded), { app: {} }))).toBe('inner')
  })
})
